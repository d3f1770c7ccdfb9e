//! How long to wait before trying again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Waits that double, with jitter, so that nodes that failed together don't return together.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
}

impl Backoff {
    /// Before the first failure.
    pub const fn new() -> Self {
        Self { next: FIRST }
    }

    /// How long to wait after one more failure: between half and all of the present step.
    pub fn step(&mut self) -> Duration {
        // Without randomness the waits are only less well spread.
        let random = getrandom::u32().unwrap_or(u32::MAX);
        self.step_with(random)
    }

    /// All is well again.
    pub const fn reset(&mut self) {
        *self = Self::new();
    }

    fn step_with(&mut self, random: u32) -> Duration {
        let step = self.next;
        self.next = LONGEST.min(step * 2);
        step.mul_f64(0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_seconds() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..8).map(|_| backoff.step_with(u32::MAX).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }

    #[test]
    fn jitter_takes_away_at_most_half() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.step_with(0), Duration::from_millis(50));
        let next = backoff.step();
        assert!((100..=200).contains(&next.as_millis()), "{next:?}");
    }

    #[test]
    fn after_a_success_it_starts_over() {
        let mut backoff = Backoff::new();
        backoff.step();
        backoff.reset();
        assert_eq!(backoff.step_with(u32::MAX), FIRST);
    }
}
