//! Different waits for different connections, so that they don't all come back at once.

use std::time::Duration;

/// A duration between `low` and `high`, evenly spread.
#[must_use]
pub fn between(low: Duration, high: Duration) -> Duration {
    low + high.saturating_sub(low).mul_f64(share())
}

/// From 0 to 1, evenly spread.
#[must_use]
pub fn share() -> f64 {
    // Without randomness every connection gets the middle: less even, still correct.
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}

/// `middle` and up to 20 % more or less.
#[must_use]
pub fn around(middle: Duration) -> Duration {
    between(middle.mul_f64(0.8), middle.mul_f64(1.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_between_their_bounds_and_differ() {
        let second = Duration::from_secs(1);
        let waits: Vec<_> = (0..100).map(|_| between(second, 2 * second)).collect();
        assert!(waits.iter().all(|wait| (second..=2 * second).contains(wait)));
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }
}
