//! Distributions of durations and sizes, which many tasks record without waiting for each other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets of durations, in seconds.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0,
    16.0, 32.0,
];

/// The upper bounds of the buckets of sizes.
const SIZES: &[f64] = &[0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0];

/// Sums are kept in millionths, so that they fit into an integer.
const SCALE: f64 = 1e6;

/// Counts how many values fell into each bucket.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One for each bound, and one for larger values.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Histogram {
    /// A histogram of durations.
    #[must_use]
    pub fn of_durations() -> Self {
        Self::new(SECONDS)
    }

    /// A histogram of sizes.
    #[must_use]
    pub fn of_sizes() -> Self {
        Self::new(SIZES)
    }

    fn new(bounds: &'static [f64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0) }
    }

    /// Records a duration.
    pub fn record_duration(&self, duration: Duration) {
        self.record(duration.as_secs_f64());
    }

    /// Records a value; a negative one as 0.
    pub fn record(&self, value: f64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it saturates"
        )]
        self.sum.fetch_add((value * SCALE) as u64, Ordering::Relaxed);
    }

    /// Reads all values so far. Values that are recorded at the same moment may be missing from one part
    /// of it.
    #[must_use]
    pub fn read(&self) -> Distribution {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let sum = as_float(self.sum.load(Ordering::Relaxed)) / SCALE;
        Distribution { bounds: self.bounds, counts, sum }
    }
}

/// The values of a histogram at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    bounds: &'static [f64],
    counts: Vec<u64>,
    /// The sum of all values.
    pub sum: f64,
}

impl Distribution {
    /// The number of values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The upper bound of each bucket and the number of values in it. The last one is [`f64::MAX`].
    #[must_use]
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = self.bounds.iter().copied().chain([f64::MAX]);
        bounds.zip(self.counts.iter().copied()).collect()
    }

    /// The values that were added after `earlier`, a reading of the same histogram.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let counts = self.counts.iter().zip(&earlier.counts);
        Self {
            bounds: self.bounds,
            counts: counts.map(|(now, then)| now.saturating_sub(*then)).collect(),
            sum: (self.sum - earlier.sum).max(0.0),
        }
    }

    /// The value below which this share of all values is, as if each bucket's were evenly spread over it.
    /// None without values.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let mut left = as_float(self.count()) * share;
        let mut lower = 0.0;
        for (upper, count) in self.buckets() {
            let count = as_float(count);
            if count > 0.0 && left <= count {
                // Nothing is known of values above the last bound.
                return Some(if upper == f64::MAX {
                    lower
                } else {
                    lower + (upper - lower) * left / count
                });
            }
            left -= count;
            lower = if upper == f64::MAX { lower } else { upper };
        }
        None
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
const fn as_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_in_the_bucket_that_they_do_not_exceed() {
        let sizes = Histogram::of_sizes();
        for value in [0.0, 1.0, 2.0, 3.0, 20_000.0] {
            sizes.record(value);
        }
        let read = sizes.read();
        assert_eq!(read.count(), 5);
        assert!((read.sum - 20_006.0).abs() < 1e-9);
        assert_eq!(read.buckets()[..3], [(0.0, 1), (1.0, 1), (3.0, 2)]);
        assert_eq!(read.buckets().last(), Some(&(f64::MAX, 1)));
    }

    #[test]
    fn quantiles_are_within_their_bucket() {
        let durations = Histogram::of_durations();
        assert_eq!(durations.read().quantile(0.5), None);
        for milliseconds in [3, 3, 3, 3, 3, 3, 3, 3, 3, 100] {
            durations.record_duration(Duration::from_millis(milliseconds));
        }
        let read = durations.read();
        assert!((0.002..=0.004).contains(&read.quantile(0.5).unwrap()), "{read:?}");
        assert!((0.064..=0.125).contains(&read.quantile(0.99).unwrap()), "{read:?}");
        durations.record_duration(Duration::from_secs(100));
        assert_eq!(durations.read().since(&read).quantile(0.5), Some(32.0));
    }

    #[test]
    fn what_was_recorded_since_is_the_difference() {
        let sizes = Histogram::of_sizes();
        sizes.record(1.0);
        let then = sizes.read();
        sizes.record(5.0);
        let since = sizes.read().since(&then);
        assert_eq!(since.count(), 1);
        assert!((since.sum - 5.0).abs() < 1e-9);
    }
}
