//! Random delays, so that many connections don't act at the same moment.

use std::time::Duration;

/// A random duration between `low` and `high`, uniformly distributed.
#[must_use]
pub fn between(low: Duration, high: Duration) -> Duration {
    low + high.saturating_sub(low).mul_f64(fraction())
}

/// A random number from 0 to 1, uniformly distributed.
#[must_use]
pub fn fraction() -> f64 {
    // Without a source of randomness every connection gets the middle: less even, still correct.
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}

/// `middle`, randomly up to 20 % shorter or longer.
#[must_use]
pub fn around(middle: Duration) -> Duration {
    between(middle.mul_f64(0.8), middle.mul_f64(1.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_within_their_bounds_and_differ() {
        let second = Duration::from_secs(1);
        let delays: Vec<_> = (0..100).map(|_| between(second, 2 * second)).collect();
        assert!(delays.iter().all(|delay| (second..=2 * second).contains(delay)));
        assert!(delays.iter().any(|delay| *delay != delays[0]));
    }
}
