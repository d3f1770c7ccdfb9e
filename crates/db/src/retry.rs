//! The retry policy of the server's background tasks: exponential back-off with jitter, as many
//! attempts as it takes.
//!
//! The tasks can't give up, because there is nobody to report an error to: the log, its tail and the
//! router must go on once the database is back. Jitter spreads the retries of nodes that failed at
//! the same moment.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// The longest first delay.
pub const FIRST_DELAY: Duration = Duration::from_millis(100);

/// The longest delay of a task that takes over a resource of the whole cluster, such as the
/// replication slot.
pub const MAX_DELAY: Duration = Duration::from_secs(5);

/// The longest delay of a task that streams wait for. Short, so that streams resume soon after the
/// database is back.
pub const MAX_READ_DELAY: Duration = Duration::from_millis(500);

/// The delays between the attempts of one task. Each is twice the one before, up to a maximum, and
/// jitter takes away up to half of it.
#[derive(Debug)]
pub struct Backoff {
    policy: ExponentialBuilder,
    delays: ExponentialBackoff,
}

impl Backoff {
    /// Starts at [`FIRST_DELAY`] and never exceeds `max_delay`.
    #[must_use]
    pub fn new(max_delay: Duration) -> Self {
        // `backon` adds jitter of up to the delay itself, so half of each limit is passed on.
        let policy = ExponentialBuilder::new()
            .with_min_delay(FIRST_DELAY / 2)
            .with_max_delay(max_delay / 2)
            .with_jitter()
            .without_max_times();
        Self { policy, delays: policy.build() }
    }

    /// Returns the delay before the next attempt. To be called after each failure.
    pub fn next_delay(&mut self) -> Duration {
        self.delays.next().expect("the number of attempts isn't limited")
    }

    /// Waits for [`Self::next_delay`].
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.next_delay()).await;
    }

    /// Starts again at the first delay. To be called after each success.
    pub fn reset(&mut self) {
        self.delays = self.policy.build();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that the delay is between half of `longest` and `longest`.
    #[track_caller]
    fn assert_jittered(delay: Duration, longest: Duration) {
        // `backon` computes with `f32`.
        let tolerance = Duration::from_micros(10);
        assert!(delay + tolerance >= longest / 2 && delay <= longest + tolerance, "{delay:?}");
    }

    #[test]
    fn delays_double_up_to_the_maximum() {
        let mut backoff = Backoff::new(MAX_DELAY);
        for longest in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000] {
            assert_jittered(backoff.next_delay(), Duration::from_millis(longest));
        }
        let mut backoff = Backoff::new(MAX_READ_DELAY);
        for longest in [100, 200, 400, 500, 500] {
            assert_jittered(backoff.next_delay(), Duration::from_millis(longest));
        }
    }

    #[test]
    fn two_tasks_have_different_delays() {
        let (mut one, mut other) = (Backoff::new(MAX_DELAY), Backoff::new(MAX_DELAY));
        assert!((0..8).any(|_| one.next_delay() != other.next_delay()));
    }

    #[test]
    fn success_resets_the_delay() {
        let mut backoff = Backoff::new(MAX_DELAY);
        for _ in 0..5 {
            backoff.next_delay();
        }
        backoff.reset();
        assert_jittered(backoff.next_delay(), FIRST_DELAY);
    }

    #[test]
    fn attempts_are_not_limited() {
        let mut backoff = Backoff::new(MAX_READ_DELAY);
        for _ in 0..10_000 {
            backoff.next_delay();
        }
    }
}
