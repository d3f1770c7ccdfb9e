//! How long to wait before the next attempt.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// Full jitter: anything up to a ceiling that doubles with each failure. Browsers that lost the
/// server together so don't come back together.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    failures: u32,
    random: fn() -> f64,
}

impl Backoff {
    /// `random` gives numbers from 0 to 1.
    pub(super) const fn new(random: fn() -> f64) -> Self {
        Self { failures: 0, random }
    }

    /// The wait after one more failure.
    pub(super) fn after_failure(&mut self) -> Duration {
        let ceiling = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        ceiling.mul_f64((self.random)().clamp(0.0, 1.0))
    }

    /// The connection held: failures before it don't count.
    pub(super) const fn forget(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_from_half_a_second_to_half_a_minute() {
        let mut backoff = Backoff::new(|| 1.0);
        let waits: Vec<_> = (0..9).map(|_| backoff.after_failure().as_secs_f64()).collect();
        assert_eq!(waits, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
    }

    #[test]
    fn the_wait_is_anything_up_to_the_ceiling() {
        assert_eq!(Backoff::new(|| 0.0).after_failure(), Duration::ZERO);
        assert_eq!(Backoff::new(|| 0.25).after_failure(), Duration::from_millis(125));
    }

    #[test]
    fn it_starts_over_and_never_overflows() {
        let mut backoff = Backoff::new(|| 1.0);
        let last = (0..100).map(|_| backoff.after_failure()).last();
        assert_eq!(last, Some(LONGEST));
        backoff.forget();
        assert_eq!(backoff.after_failure(), FIRST);
    }
}
