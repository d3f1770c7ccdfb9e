//! The load of this node over the last 15 minutes, for the system page.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use activity::Distribution;
use cdc::HealthReader;
use contract::Timestamp;
use contract::system::LoadSample;
use db::clock::Clock;
use stream::Streams;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// The time that one sample describes.
const INTERVAL: Duration = Duration::from_secs(15);

/// 15 minutes.
const MAX_SAMPLES: usize = 60;

/// The share of all values that are below the ones shown.
const QUANTILE: f64 = 0.99;

/// The samples of the last 15 minutes. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct LoadHistory(Arc<Mutex<VecDeque<LoadSample>>>);

impl LoadHistory {
    /// Returns the samples, oldest first.
    #[must_use]
    pub fn samples(&self) -> Vec<LoadSample> {
        self.lock().iter().copied().collect()
    }

    /// Adds a sample every [`INTERVAL`].
    pub async fn record_periodically(
        &self,
        streams: &Streams,
        health: &HealthReader,
        clock: &Clock,
    ) -> Infallible {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        let mut before = Totals::read(streams, health);
        loop {
            ticks.tick().await;
            let now = Totals::read(streams, health);
            self.push(now.since(&before, clock.now()));
            before = now;
        }
    }

    fn push(&self, sample: LoadSample) {
        let mut samples = self.lock();
        if samples.len() == MAX_SAMPLES {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<LoadSample>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Totals since the node started.
#[derive(Clone, Debug)]
struct Totals {
    read_at: Instant,
    /// The streams that are open, which isn't a total.
    streams: u64,
    deliveries: u64,
    commit_to_log: Distribution,
    routed_to_socket: Distribution,
}

impl Totals {
    fn read(streams: &Streams, health: &HealthReader) -> Self {
        let metrics = streams.metrics();
        Self {
            read_at: Instant::now(),
            streams: u64::try_from(streams.open_count()).unwrap_or(u64::MAX),
            deliveries: metrics.deliveries.read(),
            commit_to_log: health.commit_to_log(),
            routed_to_socket: metrics.routed_to_socket.read(),
        }
    }

    /// Returns the load between `before` and now, which is `at`.
    fn since(&self, before: &Self, at: Timestamp) -> LoadSample {
        let seconds = (self.read_at - before.read_at).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let deliveries = (self.deliveries - before.deliveries) as f64;
        let milliseconds = |now: &Distribution, then: &Distribution| {
            now.since(then).quantile(QUANTILE).map(|seconds| seconds * 1000.0)
        };
        LoadSample {
            at,
            streams: self.streams,
            deliveries_per_second: deliveries / seconds.max(f64::EPSILON),
            commit_to_log_ms: milliseconds(&self.commit_to_log, &before.commit_to_log),
            routed_to_socket_ms: milliseconds(&self.routed_to_socket, &before.routed_to_socket),
        }
    }
}

#[cfg(test)]
mod tests {
    use activity::Histogram;
    use time::OffsetDateTime;

    use super::*;

    fn totals(read_at: Instant, deliveries: u64, commit_to_log: &Histogram) -> Totals {
        let routed_to_socket = Histogram::of_durations().read();
        let commit_to_log = commit_to_log.read();
        Totals { read_at, streams: 7, deliveries, commit_to_log, routed_to_socket }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(OffsetDateTime::UNIX_EPOCH).plus(time::Duration::seconds(seconds))
    }

    #[test]
    fn sample_describes_what_happened_since_the_one_before() {
        let commit_to_log = Histogram::of_durations();
        commit_to_log.record_duration(Duration::from_secs(20));
        let start = Instant::now();
        let before = totals(start, 10, &commit_to_log);
        commit_to_log.record_duration(Duration::from_millis(3));
        let after = totals(start + Duration::from_secs(10), 40, &commit_to_log);
        let sample = after.since(&before, at(10));
        assert_eq!((sample.at, sample.streams), (at(10), 7));
        assert!((sample.deliveries_per_second - 3.0).abs() < 1e-9);
        assert!((2.0..=4.0).contains(&sample.commit_to_log_ms.unwrap()), "{sample:?}");
        assert_eq!(sample.routed_to_socket_ms, None, "nothing was sent");
    }

    #[test]
    fn only_the_last_samples_are_kept() {
        let history = LoadHistory::default();
        let totals = totals(Instant::now(), 0, &Histogram::of_durations());
        for seconds in 0..=60 {
            history.push(totals.since(&totals, at(seconds)));
        }
        let samples = history.samples();
        assert_eq!((samples.len(), samples[0].at, samples[59].at), (60, at(1), at(60)));
    }
}
