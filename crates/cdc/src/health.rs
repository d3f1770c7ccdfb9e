//! The health of the CDC worker: its role, and how complete the log is known to be.
//!
//! It is derived from progress. Every second the worker asks Postgres how far its WAL is written; once
//! the log contains everything up to there, it was complete at the moment of the question. Being
//! connected proves nothing.

mod state;

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::{Timestamp, event};
use serde::Serialize;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use self::state::State;
use super::replication_slot;
use super::wal_budget::WalBudget;
use activity::{Distribution, Histogram, LogHealth, Lsn};
use db::clock::Clock;

/// The lag beyond which pages tell their readers that they may be outdated.
const DEGRADED_AFTER: Duration = Duration::from_secs(5);

/// How often the health is published, and Postgres asked for its WAL position.
const PUBLISH_INTERVAL: Duration = Duration::from_secs(1);

/// The role of this node's worker. Nodes publish it under these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It has the replication slot and writes the log.
    #[serde(rename = "holder")]
    Active,
    /// Another node's worker has the slot; this one is ready to take over.
    Standby,
    /// It can't read from Postgres.
    Disconnected,
}

/// The health of this node's worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether the log keeps up with the database.
    pub status: event::Health,
    /// How long ago the log was last known to be complete, in milliseconds; 0 when it is complete.
    pub lag_ms: u64,
    /// The role of this node's worker.
    pub role: Role,
    /// Why the worker doesn't get on, as a sentence for the operator; none when it does.
    pub problem: Option<Arc<str>>,
}

/// Creates a channel from the worker to the readers of its health. `clock` measures the age of
/// unwritten commits.
#[must_use]
pub fn health_channel(clock: Clock) -> (HealthSender, HealthReader) {
    let (state_sender, state) = watch::channel(State::new(Instant::now()));
    let (published_sender, published) = watch::channel(LogHealth::default());
    let (wal_budget_sender, wal_budget) = watch::channel(None);
    let commit_to_log = Arc::new(Histogram::of_durations());
    (
        HealthSender {
            state: state_sender,
            published: published_sender,
            wal_budget: wal_budget_sender,
            commit_to_log: Arc::clone(&commit_to_log),
            clock: clock.clone(),
        },
        HealthReader { state, published, wal_budget, commit_to_log, clock },
    )
}

/// Reads the health. Clones read the same.
#[derive(Clone, Debug)]
pub struct HealthReader {
    state: watch::Receiver<State>,
    /// Published once a second, unlike the state, which changes with every batch.
    published: watch::Receiver<LogHealth>,
    wal_budget: watch::Receiver<Option<WalBudget>>,
    commit_to_log: Arc<Histogram>,
    clock: Clock,
}

impl HealthReader {
    /// Returns the health at this moment. Its status is at most a second old.
    #[must_use]
    pub fn report(&self) -> Health {
        let state = self.state.borrow();
        Health {
            status: self.published.borrow().status,
            lag_ms: milliseconds(state.lag(Instant::now(), self.clock.now())),
            role: state.role,
            problem: state.problem.clone(),
        }
    }

    /// Status and lag for streams, published once a second.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<LogHealth> {
        self.published.clone()
    }

    /// Returns the WAL budget, at most a few seconds old; none while it isn't known.
    #[must_use]
    pub fn wal_budget(&self) -> Option<WalBudget> {
        *self.wal_budget.borrow()
    }

    /// Returns how long the transactions that this node has written took from their commit to the log.
    #[must_use]
    pub fn commit_to_log(&self) -> Distribution {
        self.commit_to_log.read()
    }

    /// Waits until the status isn't `known`.
    pub async fn status_changed_from(&mut self, known: event::Health) {
        if self.published.wait_for(|published| published.status != known).await.is_err() {
            // The worker has stopped: nothing is published any more.
            pending::<()>().await;
        }
    }
}

fn milliseconds(lag: Duration) -> u64 {
    u64::try_from(lag.as_millis()).unwrap_or(u64::MAX)
}

fn status(lag: Duration) -> event::Health {
    if lag > DEGRADED_AFTER { event::Health::Degraded } else { event::Health::Ok }
}

/// Records what the worker does, and publishes the health. Clones publish to the same readers.
#[derive(Clone, Debug)]
pub struct HealthSender {
    state: watch::Sender<State>,
    published: watch::Sender<LogHealth>,
    wal_budget: watch::Sender<Option<WalBudget>>,
    commit_to_log: Arc<Histogram>,
    clock: Clock,
}

impl HealthSender {
    /// Publishes the WAL budget.
    pub(super) const fn wal_budget(&self) -> &watch::Sender<Option<WalBudget>> {
        &self.wal_budget
    }

    /// Records that this node has acquired the slot. Whether the log makes progress isn't known yet.
    pub(super) fn set_active(&self) {
        self.state.send_modify(|state| state.role = Role::Active);
    }

    /// Records that another node has the slot. The slot's progress shows whether the log makes
    /// progress.
    pub(super) fn set_standby(&self) {
        self.state.send_modify(|state| {
            state.role = Role::Standby;
            state.oldest_unwritten_commit = None;
        });
    }

    /// Records that this node's worker doesn't work, because of that error.
    pub(super) fn set_disconnected(&self, problem: String) {
        self.state.send_modify(|state| {
            state.disconnect(Instant::now());
            state.problem = Some(problem.into());
        });
    }

    /// Records why the worker makes no progress.
    pub(super) fn set_problem(&self, sentence: String) {
        self.state.send_modify(|state| state.problem = Some(sentence.into()));
    }

    /// Records that a transaction was received that isn't in the log.
    pub(super) fn record_unwritten_commit(&self, committed_at: Timestamp) {
        self.state.send_modify(|state| {
            state.oldest_unwritten_commit.get_or_insert(committed_at);
        });
    }

    /// Records that a transaction that was committed at that time is in the log now.
    pub(super) fn record_logged_commit(&self, committed_at: Timestamp) {
        let took = self.clock.now().inner() - committed_at.inner();
        // The clock is an estimate, and may be behind.
        self.commit_to_log.record_duration(took.try_into().unwrap_or_default());
    }

    /// Records that everything before `end` is in the log, and all that was received except for a
    /// transaction committed at `next`.
    pub(super) fn record_written(&self, end: Lsn, next: Option<Timestamp>) {
        self.state.send_modify(|state| {
            state.oldest_unwritten_commit = next;
            state.record_logged(end);
        });
    }

    /// Publishes status and lag once a second, and asks Postgres how far its WAL and the slot are.
    pub(super) async fn publish_periodically(&self, pool: &PgPool, slot: &str) -> Infallible {
        let mut ticks = interval(PUBLISH_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let asked_at = Instant::now();
            let read = timeout(PUBLISH_INTERVAL, replication_slot::read_progress(pool, slot));
            if let Ok(Ok(progress)) = read.await {
                self.state.send_modify(|state| state.record_progress(asked_at, progress));
            }
            self.publish(Instant::now());
        }
    }

    fn publish(&self, instant: Instant) {
        let lag = self.state.borrow().lag(instant, self.clock.now());
        let health = LogHealth { status: status(lag), lag_ms: milliseconds(lag) };
        self.published.send_if_modified(|published| std::mem::replace(published, health) != health);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use testing::TestDatabase;

    #[test]
    fn more_than_five_seconds_of_lag_is_degraded() {
        assert_eq!(status(Duration::from_millis(5000)), event::Health::Ok);
        assert_eq!(status(Duration::from_millis(5001)), event::Health::Degraded);
    }

    #[tokio::test]
    async fn status_change_wakes_waiting_readers() {
        let database = TestDatabase::create().await;
        let (sender, mut reader) = health_channel(database.clock.clone());
        sender.publish(Instant::now());
        assert!(reader.status_changed_from(event::Health::Ok).now_or_never().is_none());

        sender.set_disconnected(crate::CdcError::ConnectionClosed.to_string());
        sender.publish(Instant::now() + Duration::from_secs(6));
        reader.status_changed_from(event::Health::Ok).await;
        let health = reader.report();
        assert_eq!((health.status, health.role), (event::Health::Degraded, Role::Disconnected));
        assert_eq!(&*health.problem.unwrap(), "Postgres closed the replication connection");

        drop(sender);
        assert!(reader.status_changed_from(event::Health::Degraded).now_or_never().is_none());
    }
}
