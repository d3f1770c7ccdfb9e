//! The WAL budget: how much WAL Postgres retains for the slot, how much it retains at most, and when
//! the limit will be reached. Beyond it Postgres invalidates the slot, and the log has to begin a new
//! epoch.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use serde::Serialize;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::warn;

const SAMPLE_INTERVAL: Duration = Duration::from_secs(5);

/// The number of samples from which the burn rate is computed: a minute.
const WINDOW: usize = 13;

/// The used share of the budget from which a warning is logged.
const WARNING_SHARE: f64 = 0.5;

/// How much of the WAL budget is used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WalBudget {
    /// The size of the WAL that Postgres retains for the slot.
    pub retained_bytes: u64,
    /// `max_slot_wal_keep_size`; none when it is unlimited, so that the disk is the limit.
    pub limit_bytes: Option<u64>,
    /// The used share of the limit, from 0 to 1; 1 when the slot is lost.
    pub share: Option<f64>,
    /// How fast the retained WAL has grown in the last minute. 0 while the worker keeps up.
    pub burn_bytes_per_second: f64,
    /// When the limit is reached at this rate; none while the retained WAL doesn't grow.
    pub exhausted_in_seconds: Option<f64>,
}

/// The state of a slot at one moment.
#[derive(Clone, Copy, Debug, PartialEq, sqlx::FromRow)]
struct Sample {
    is_lost: bool,
    retained_bytes: i64,
    /// How much more WAL can be written before the slot is lost.
    left_bytes: Option<i64>,
    limit_bytes: Option<i64>,
}

impl Sample {
    /// Reads the slot's state; none when there is no slot.
    async fn read(pool: &PgPool, slot: &str) -> Result<Option<Self>, sqlx::Error> {
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
    /// Adds a sample, and returns the budget at that moment.
    fn add(&mut self, at: Instant, sample: Sample) -> WalBudget {
        if self.0.len() == WINDOW {
            self.0.pop_front();
        }
        self.0.push_back((at, sample.retained_bytes));
        let burn_rate = self.burn_rate();
        let left = match sample.is_lost {
            true => Some(0),
            false => sample.left_bytes.map(|bytes| bytes.max(0)),
        };
        let share = match (sample.is_lost, sample.limit_bytes) {
            (true, _) => Some(1.0),
            (false, Some(limit)) if limit > 0 => {
                Some(to_f64(sample.retained_bytes) / to_f64(limit))
            }
            _ => None,
        };
        WalBudget {
            retained_bytes: sample.retained_bytes.try_into().unwrap_or(0),
            limit_bytes: sample.limit_bytes.and_then(|bytes| bytes.try_into().ok()),
            share,
            burn_bytes_per_second: burn_rate,
            exhausted_in_seconds: left
                .filter(|left| *left == 0 || burn_rate > 0.0)
                .map(|left| if left == 0 { 0.0 } else { to_f64(left) / burn_rate }),
        }
    }

    /// Returns the growth from the first sample to the last, in bytes per second. 0 when the retained
    /// WAL has shrunk because the worker has acknowledged some.
    fn burn_rate(&self) -> f64 {
        let (Some((from, before)), Some((to, after))) = (self.0.front(), self.0.back()) else {
            return 0.0;
        };
        let seconds = to.saturating_duration_since(*from).as_secs_f64();
        if seconds > 0.0 { (to_f64(after - before) / seconds).max(0.0) } else { 0.0 }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits of bytes")]
const fn to_f64(bytes: i64) -> f64 {
    bytes as f64
}

/// Samples the slot, and publishes its budget; none while Postgres doesn't answer or has no slot.
pub(super) async fn sample_periodically(
    pool: &PgPool,
    slot: &str,
    published: &watch::Sender<Option<WalBudget>>,
) -> Infallible {
    let mut ticks = interval(SAMPLE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut samples = Samples::default();
    let mut warned_unlimited = false;
    loop {
        ticks.tick().await;
        let sample = match timeout(SAMPLE_INTERVAL, Sample::read(pool, slot)).await {
            Ok(Ok(sample)) => sample,
            _ => None,
        };
        let budget = sample.map(|sample| samples.add(Instant::now(), sample));
        if let Some(WalBudget { limit_bytes: None, .. }) = budget
            && !std::mem::replace(&mut warned_unlimited, true)
        {
            warn!(
                "max_slot_wal_keep_size is unlimited: while no worker runs, retained WAL can fill \
                 Postgres' disk. Set a limit, for example 8GB"
            );
        }
        let before = published.send_replace(budget);
        if let Some(budget) = budget.filter(needs_warning)
            && !before.as_ref().is_some_and(needs_warning)
        {
            warn!(?budget, "The CDC worker lags: more than half of the WAL budget is used");
        }
    }
}

fn needs_warning(budget: &WalBudget) -> bool {
    budget.share.is_some_and(|share| share >= WARNING_SHARE)
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
    fn remaining_time_is_computed_from_the_rate_of_the_last_minute() {
        let mut samples = Samples::default();
        let start = Instant::now();
        let mut budget = None;
        // Slow at first, which doesn't count after a minute.
        for tick in 0..30_u32 {
            let retained = if tick < 10 { 0 } else { i64::from(tick - 10) * 5 * MEGABYTE };
            let at = start + SAMPLE_INTERVAL * tick;
            budget = Some(samples.add(at, sample(retained, Some(50 * MEGABYTE))));
        }
        let budget = budget.unwrap();
        assert!((budget.burn_bytes_per_second - 1_048_576.0).abs() < 1.0, "{budget:?}");
        assert!((budget.exhausted_in_seconds.unwrap() - 50.0).abs() < 0.1, "{budget:?}");
        assert!((budget.share.unwrap() - 0.95).abs() < 0.01, "{budget:?}");
    }

    #[test]
    fn worker_that_keeps_up_uses_no_budget() {
        let mut samples = Samples::default();
        let start = Instant::now();
        samples.add(start, sample(9 * MEGABYTE, Some(91 * MEGABYTE)));
        let budget = samples.add(start + SAMPLE_INTERVAL, sample(MEGABYTE, Some(99 * MEGABYTE)));
        assert_eq!((budget.burn_bytes_per_second, budget.exhausted_in_seconds), (0.0, None));
        assert!(!needs_warning(&budget));
    }

    #[test]
    fn unlimited_budget_has_neither_share_nor_end() {
        let mut samples = Samples::default();
        let start = Instant::now();
        samples.add(start, sample(0, None));
        let budget = samples.add(start + SAMPLE_INTERVAL, sample(MEGABYTE, None));
        assert_eq!(
            (budget.limit_bytes, budget.share, budget.exhausted_in_seconds),
            (None, None, None)
        );
        assert!(budget.burn_bytes_per_second > 0.0);
    }

    #[test]
    fn lost_slot_has_used_its_whole_budget() {
        let lost = Sample { is_lost: true, ..sample(0, None) };
        let budget = Samples::default().add(Instant::now(), lost);
        assert_eq!((budget.share, budget.exhausted_in_seconds), (Some(1.0), Some(0.0)));
        assert!(needs_warning(&budget));
    }

    #[tokio::test]
    async fn budget_is_unknown_without_a_slot() {
        let database = TestDatabase::create().await;
        assert_eq!(Sample::read(&database.pool, &database.slot()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn wal_counts_while_no_worker_runs_until_the_slot_is_lost() {
        let sandbox = Sandbox::new();
        let cluster = Cluster::start(&postgres_outage::options(&sandbox)).await.unwrap();
        let database = postgres_outage::create_database(&cluster).await;
        Worker::start_active(&database).await.stop().await;
        wait_for_free_slot(&database).await;
        let read = async || Sample::read(&database.pool, &database.slot()).await.unwrap().unwrap();

        let mut samples = Samples::default();
        let start = Instant::now();
        let before = read().await;
        samples.add(start, before);
        execute(
            &database.pool,
            "create table noise as select repeat('x', 1000) from generate_series(1, 1000)",
        )
        .await;
        let after = read().await;
        let budget = samples.add(start + Duration::from_secs(10), after);
        assert_eq!(budget.limit_bytes, Some(1 << 20));
        assert!(budget.retained_bytes > 1_000_000, "{budget:?}");
        assert!(budget.burn_bytes_per_second > 90_000.0, "{budget:?}");
        assert!(after.left_bytes < before.left_bytes, "{before:?} {after:?}");
        assert!(budget.exhausted_in_seconds.is_some(), "{budget:?}");

        postgres_outage::invalidate_slot(&database).await;
        let budget = samples.add(start + Duration::from_secs(20), read().await);
        assert_eq!((budget.share, budget.exhausted_in_seconds), (Some(1.0), Some(0.0)));

        let worker = Worker::start_active(&database).await;
        eventually("the new slot's budget is known", async || {
            worker.health.wal_budget().is_some_and(|budget| !needs_warning(&budget))
        })
        .await;
        worker.stop().await;
        cluster.stop().await.unwrap();
    }
}
