//! The WAL budget: how much WAL the slot makes Postgres keep, how much it may, and when that will
//! be used up. Beyond it Postgres gives the slot up, and the log has to begin a new epoch.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use serde::Serialize;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::warn;

/// How often Postgres is asked.
const SAMPLE_EVERY: Duration = Duration::from_secs(5);

/// Over how many samples the burn rate is taken: a minute.
const WINDOW: usize = 13;

/// From which share of the budget on it is worth a line in the log.
const ALARMING_SHARE: f64 = 0.5;

/// How the WAL budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WalBudget {
    /// How much WAL Postgres keeps for the slot.
    pub retained_bytes: u64,
    /// How much it may keep; none when that is unlimited, and the disk is the limit.
    pub limit_bytes: Option<u64>,
    /// How much of that is used: 1 when the slot is lost.
    pub share: Option<f64>,
    /// How fast what is kept has grown of late. 0 while a worker keeps up.
    pub burn_bytes_per_second: f64,
    /// When the budget is used up at that rate; none while it isn't being used up.
    pub exhausted_in_seconds: Option<f64>,
}

/// What Postgres says of a slot at one moment.
#[derive(Clone, Copy, Debug, PartialEq, sqlx::FromRow)]
struct Sample {
    is_lost: bool,
    retained_bytes: i64,
    /// How much more WAL may be written before the slot is lost.
    left_bytes: Option<i64>,
    limit_bytes: Option<i64>,
}

impl Sample {
    /// What Postgres says of the slot now; none when there is no slot.
    async fn take(pool: &PgPool, slot: &str) -> Result<Option<Self>, sqlx::Error> {
        sqlx::query_as(
            "select coalesce(wal_status = 'lost', false) as is_lost,
                    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
                        as retained_bytes,
                    safe_wal_size as left_bytes,
                    (select setting::bigint * 1024 * 1024 from pg_settings
                      where name = 'max_slot_wal_keep_size' and setting <> '-1') as limit_bytes
               from pg_replication_slots
              where slot_name = $1",
        )
        .bind(slot)
        .fetch_optional(pool)
        .await
    }
}

/// The samples of the last minute.
#[derive(Debug, Default)]
struct Samples(VecDeque<(Instant, i64)>);

impl Samples {
    fn add(&mut self, at: Instant, sample: Sample) -> WalBudget {
        if self.0.len() == WINDOW {
            self.0.pop_front();
        }
        self.0.push_back((at, sample.retained_bytes));
        let burn = self.burn();
        let left = match sample.is_lost {
            true => Some(0),
            false => sample.left_bytes.map(|bytes| bytes.max(0)),
        };
        let share = match (sample.is_lost, sample.limit_bytes) {
            (true, _) => Some(1.0),
            (false, Some(limit)) if limit > 0 => {
                Some(approximate(sample.retained_bytes) / approximate(limit))
            }
            _ => None,
        };
        WalBudget {
            retained_bytes: sample.retained_bytes.try_into().unwrap_or(0),
            limit_bytes: sample.limit_bytes.and_then(|bytes| bytes.try_into().ok()),
            share,
            burn_bytes_per_second: burn,
            exhausted_in_seconds: left
                .filter(|left| *left == 0 || burn > 0.0)
                .map(|left| if left == 0 { 0.0 } else { approximate(left) / burn }),
        }
    }

    /// The growth from the first sample to the last. What a worker has let go of in between isn't
    /// a gain: the rate is never negative.
    fn burn(&self) -> f64 {
        let (Some((from, before)), Some((to, after))) = (self.0.front(), self.0.back()) else {
            return 0.0;
        };
        let seconds = to.saturating_duration_since(*from).as_secs_f64();
        if seconds > 0.0 { (approximate(after - before) / seconds).max(0.0) } else { 0.0 }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits of bytes")]
const fn approximate(bytes: i64) -> f64 {
    bytes as f64
}

/// Keeps `told` up with how the budget of the slot stands. None while nothing is known of it.
pub(super) async fn watch(
    pool: &PgPool,
    slot: &str,
    told: &watch::Sender<Option<WalBudget>>,
) -> Infallible {
    let mut ticks = interval(SAMPLE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut samples = Samples::default();
    let mut warned_unlimited = false;
    loop {
        ticks.tick().await;
        let sample = match timeout(SAMPLE_EVERY, Sample::take(pool, slot)).await {
            Ok(Ok(sample)) => sample,
            _ => None,
        };
        let budget = sample.map(|sample| samples.add(Instant::now(), sample));
        if let Some(WalBudget { limit_bytes: None, .. }) = budget
            && !std::mem::replace(&mut warned_unlimited, true)
        {
            warn!(
                "max_slot_wal_keep_size is unlimited: while no worker runs, WAL can fill the \
                 disk of Postgres; set it, for example to 8GB"
            );
        }
        let before = told.send_replace(budget);
        if let Some(budget) = budget.filter(is_alarming)
            && !before.as_ref().is_some_and(is_alarming)
        {
            warn!(?budget, "the worker falls behind: the WAL budget is being used up");
        }
    }
}

fn is_alarming(budget: &WalBudget) -> bool {
    budget.share.is_some_and(|share| share >= ALARMING_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::*;
    use private_postgres::Cluster;
    use testing::{Sandbox, TestDatabase, eventually};

    const MEGABYTE: i64 = 1 << 20;

    fn sample(retained_bytes: i64, left_bytes: Option<i64>) -> Sample {
        let limit_bytes = left_bytes.map(|_| 100 * MEGABYTE);
        Sample { is_lost: false, retained_bytes, left_bytes, limit_bytes }
    }

    #[test]
    fn the_time_left_is_what_is_left_at_the_rate_of_the_last_minute() {
        let mut samples = Samples::default();
        let start = Instant::now();
        let mut budget = None;
        // Slow at first, which is forgotten after a minute.
        for tick in 0..30_u32 {
            let retained = if tick < 10 { 0 } else { i64::from(tick - 10) * 5 * MEGABYTE };
            let at = start + SAMPLE_EVERY * tick;
            budget = Some(samples.add(at, sample(retained, Some(50 * MEGABYTE))));
        }
        let budget = budget.unwrap();
        assert!((budget.burn_bytes_per_second - 1_048_576.0).abs() < 1.0, "{budget:?}");
        assert!((budget.exhausted_in_seconds.unwrap() - 50.0).abs() < 0.1, "{budget:?}");
        assert!((budget.share.unwrap() - 0.95).abs() < 0.01, "{budget:?}");
    }

    #[test]
    fn a_worker_that_keeps_up_uses_nothing_up() {
        let mut samples = Samples::default();
        let start = Instant::now();
        samples.add(start, sample(9 * MEGABYTE, Some(91 * MEGABYTE)));
        let budget = samples.add(start + SAMPLE_EVERY, sample(MEGABYTE, Some(99 * MEGABYTE)));
        assert_eq!((budget.burn_bytes_per_second, budget.exhausted_in_seconds), (0.0, None));
        assert!(!is_alarming(&budget));
    }

    #[test]
    fn without_a_limit_there_is_no_share_and_no_end() {
        let mut samples = Samples::default();
        let start = Instant::now();
        samples.add(start, sample(0, None));
        let budget = samples.add(start + SAMPLE_EVERY, sample(MEGABYTE, None));
        assert_eq!(
            (budget.limit_bytes, budget.share, budget.exhausted_in_seconds),
            (None, None, None)
        );
        assert!(budget.burn_bytes_per_second > 0.0);
    }

    #[test]
    fn a_lost_slot_has_used_everything_up() {
        let lost = Sample { is_lost: true, ..sample(0, None) };
        let budget = Samples::default().add(Instant::now(), lost);
        assert_eq!((budget.share, budget.exhausted_in_seconds), (Some(1.0), Some(0.0)));
        assert!(is_alarming(&budget));
    }

    #[tokio::test]
    async fn without_a_slot_nothing_is_said() {
        let database = TestDatabase::create().await;
        assert_eq!(Sample::take(&database.pool, &database.slot()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_written_while_no_worker_runs_is_counted_until_the_slot_is_lost() {
        let sandbox = Sandbox::new();
        let cluster = Cluster::start(&outage::options(&sandbox)).await.unwrap();
        let database = outage::database_of(&cluster).await;
        Worker::holding(&database).await.stop().await;
        becomes_free(&database).await;
        let take = async || Sample::take(&database.pool, &database.slot()).await.unwrap().unwrap();

        let mut samples = Samples::default();
        let start = Instant::now();
        let before = take().await;
        samples.add(start, before);
        execute(
            &database.pool,
            "create table noise as select repeat('x', 1000) from generate_series(1, 1000)",
        )
        .await;
        let after = take().await;
        let budget = samples.add(start + Duration::from_secs(10), after);
        assert_eq!(budget.limit_bytes, Some(1 << 20));
        assert!(budget.retained_bytes > 1_000_000, "{budget:?}");
        assert!(budget.burn_bytes_per_second > 90_000.0, "{budget:?}");
        assert!(after.left_bytes < before.left_bytes, "{before:?} {after:?}");
        assert!(budget.exhausted_in_seconds.is_some(), "{budget:?}");

        outage::give_up_slot(&database).await;
        let budget = samples.add(start + Duration::from_secs(20), take().await);
        assert_eq!((budget.share, budget.exhausted_in_seconds), (Some(1.0), Some(0.0)));

        let worker = Worker::holding(&database).await;
        eventually("the new slot's budget is known", async || {
            worker.health.wal().is_some_and(|budget| !is_alarming(&budget))
        })
        .await;
        worker.stop().await;
        cluster.stop().await.unwrap();
    }
}
