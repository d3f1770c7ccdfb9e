//! The health of the CDC worker: its role and the lag of the log.

use std::convert::Infallible;
use std::future::pending;
use std::time::{Duration, Instant};

use contract::{Timestamp, event};
use serde::Serialize;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::replication_slot;
use super::wal_budget::WalBudget;
use activity::{LogHealth, Lsn};
use db::clock::Clock;

/// The lag beyond which pages tell their readers that they may be outdated.
const DEGRADED_AFTER: Duration = Duration::from_secs(5);

/// How often the health is published, and a silent Postgres asked for its WAL position.
const PUBLISH_INTERVAL: Duration = Duration::from_secs(1);

/// The size of a page of Postgres' WAL, in bytes.
const WAL_PAGE_SIZE: u64 = 8192;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether the log keeps up with the database.
    pub status: event::Health,
    /// How long ago the log was last known to be complete, in milliseconds; 0 when it is complete.
    pub lag_ms: u64,
    /// What this node's worker does.
    pub role: Role,
}

#[derive(Clone, Copy, Debug)]
struct State {
    role: Role,
    /// When the log was last known to lack nothing but `oldest_unwritten_commit` and what follows it.
    last_contact: Instant,
    /// How far Postgres has sent its WAL.
    received_lsn: Lsn,
    /// The commit time of the oldest transaction that was received but isn't in the log.
    oldest_unwritten_commit: Option<Timestamp>,
}

/// A channel from the worker to the readers of its health.
#[must_use]
pub fn health_channel() -> (HealthSender, HealthReader) {
    let clock = Clock::system();
    let (state_sender, state) = watch::channel(State {
        role: Role::Disconnected,
        last_contact: Instant::now(),
        received_lsn: Lsn::default(),
        oldest_unwritten_commit: None,
    });
    let (published_sender, published) = watch::channel(LogHealth::default());
    let (wal_budget_sender, wal_budget) = watch::channel(None);
    (
        HealthSender {
            state: state_sender,
            published: published_sender,
            wal_budget: wal_budget_sender,
            clock: clock.clone(),
        },
        HealthReader { state, published, wal_budget, clock },
    )
}

/// Reads the health. Clones read the same.
#[derive(Clone, Debug)]
pub struct HealthReader {
    state: watch::Receiver<State>,
    /// Published once a second, unlike the state, which changes with every batch.
    published: watch::Receiver<LogHealth>,
    wal_budget: watch::Receiver<Option<WalBudget>>,
    clock: Clock,
}

impl HealthReader {
    /// The health at this moment. Its status is at most a second old.
    #[must_use]
    pub fn report(&self) -> Health {
        let state = *self.state.borrow();
        let lag = state.lag(Instant::now(), self.clock.now());
        let lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
        Health { status: self.published.borrow().status, lag_ms, role: state.role }
    }

    /// Status and lag for streams, published once a second.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<LogHealth> {
        self.published.clone()
    }

    /// The WAL budget, at most a few seconds old; none while it isn't known.
    #[must_use]
    pub fn wal_budget(&self) -> Option<WalBudget> {
        *self.wal_budget.borrow()
    }

    /// Waits until the status isn't `known`.
    pub async fn status_changed_from(&mut self, known: event::Health) {
        if self.published.wait_for(|published| published.status != known).await.is_err() {
            // The worker has stopped: nothing is published any more.
            pending::<()>().await;
        }
    }
}

impl State {
    fn lag(&self, instant: Instant, now: Timestamp) -> Duration {
        let silence = instant.saturating_duration_since(self.last_contact);
        match (self.role, self.oldest_unwritten_commit) {
            (Role::Active, Some(since)) => {
                Duration::try_from(now.inner() - since.inner()).unwrap_or_default()
            }
            // A short silence means that the database is quiet. A long one doesn't, because its
            // WAL position is requested every second.
            (Role::Active | Role::Standby, None) if silence <= DEGRADED_AFTER => Duration::ZERO,
            _ => silence,
        }
    }

    fn record_flushed(&mut self, flushed: Lsn) {
        // A WAL position at the end of a page may lie within a record, which Postgres can't send
        // before the rest of it is written.
        if flushed <= self.received_lsn || flushed.0.is_multiple_of(WAL_PAGE_SIZE) {
            self.last_contact = Instant::now();
        }
    }
}

fn status(lag: Duration) -> event::Health {
    if lag > DEGRADED_AFTER { event::Health::Degraded } else { event::Health::Ok }
}

/// Records what the worker does, and publishes the health.
#[derive(Debug)]
pub struct HealthSender {
    state: watch::Sender<State>,
    published: watch::Sender<LogHealth>,
    wal_budget: watch::Sender<Option<WalBudget>>,
    clock: Clock,
}

impl HealthSender {
    /// Publishes the WAL budget.
    pub(super) const fn wal_budget(&self) -> &watch::Sender<Option<WalBudget>> {
        &self.wal_budget
    }

    /// This node has acquired the slot.
    pub(super) fn set_active(&self) {
        self.set_role(Role::Active);
    }

    /// Another node was just seen to have the slot.
    pub(super) fn set_standby(&self) {
        self.set_role(Role::Standby);
    }

    fn set_role(&self, role: Role) {
        self.state.send_modify(|state| {
            state.role = role;
            state.last_contact = Instant::now();
            state.oldest_unwritten_commit = None;
        });
    }

    /// It isn't known whether any node has the slot.
    pub(super) fn set_disconnected(&self) {
        self.state.send_modify(|state| state.role = Role::Disconnected);
    }

    /// Postgres has sent everything before `end`.
    pub(super) fn record_received(&self, end: Lsn) {
        self.state.send_modify(|state| {
            state.last_contact = Instant::now();
            state.received_lsn = state.received_lsn.max(end);
        });
    }

    /// A transaction was received that isn't in the log.
    pub(super) fn record_unwritten_commit(&self, committed_at: Timestamp) {
        self.state.send_modify(|state| {
            state.last_contact = Instant::now();
            state.oldest_unwritten_commit.get_or_insert(committed_at);
        });
    }

    /// Everything that was received is in the log, except for a transaction committed at `next`.
    pub(super) fn record_written(&self, next: Option<Timestamp>) {
        self.state.send_modify(|state| state.oldest_unwritten_commit = next);
    }

    /// Publishes status and lag once a second.
    ///
    /// While nothing is received, it asks Postgres for its WAL position, because a quiet database and
    /// a dead connection look the same. When everything up to that position was received, there is
    /// nothing to send, and the silence counts as contact.
    pub(super) async fn publish_periodically(&self, pool: &PgPool) -> Infallible {
        let mut ticks = interval(PUBLISH_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let State { role, last_contact, .. } = *self.state.borrow();
            if role == Role::Active
                && last_contact.elapsed() >= PUBLISH_INTERVAL
                && let Ok(Ok(flushed)) =
                    timeout(PUBLISH_INTERVAL, replication_slot::flushed_lsn(pool)).await
            {
                self.state.send_modify(|state| state.record_flushed(flushed));
            }
            self.publish(Instant::now());
        }
    }

    fn publish(&self, instant: Instant) {
        let lag = self.state.borrow().lag(instant, self.clock.now());
        let lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
        let health = LogHealth { status: status(lag), lag_ms };
        self.published.send_if_modified(|published| std::mem::replace(published, health) != health);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    /// A state, and an instant at which nothing was received for `silence`.
    fn silent_state(role: Role, silence: Duration) -> (State, Instant) {
        let last_contact = Instant::now();
        let state =
            State { role, last_contact, received_lsn: Lsn(1000), oldest_unwritten_commit: None };
        (state, last_contact + silence)
    }

    #[test]
    fn active_worker_without_unwritten_commits_has_no_lag() {
        let (state, instant) = silent_state(Role::Active, Duration::from_secs(3));
        assert_eq!(state.lag(instant, Clock::system().now()), Duration::ZERO);
    }

    #[test]
    fn lag_is_the_age_of_the_oldest_unwritten_commit() {
        let (mut state, instant) = silent_state(Role::Active, Duration::ZERO);
        let now = Clock::system().now();
        state.oldest_unwritten_commit = Some(now.plus(time::Duration::seconds(-2)));
        assert_eq!(state.lag(instant, now), Duration::from_secs(2));

        state.oldest_unwritten_commit = Some(now.plus(time::Duration::seconds(1)));
        assert_eq!(state.lag(instant, now), Duration::ZERO, "clocks of two machines may differ");
    }

    #[test]
    fn long_silence_is_lag_in_every_role() {
        for role in [Role::Active, Role::Standby, Role::Disconnected] {
            let (state, instant) = silent_state(role, Duration::from_secs(6));
            assert_eq!(state.lag(instant, Clock::system().now()).as_secs(), 6, "{role:?}");
        }
        let (state, instant) = silent_state(Role::Disconnected, Duration::from_secs(1));
        assert_eq!(state.lag(instant, Clock::system().now()).as_secs(), 1);
    }

    #[test]
    fn more_than_five_seconds_of_lag_is_degraded() {
        assert_eq!(status(Duration::from_millis(5000)), event::Health::Ok);
        assert_eq!(status(Duration::from_millis(5001)), event::Health::Degraded);
    }

    #[tokio::test]
    async fn status_change_wakes_waiting_readers() {
        let (sender, mut reader) = health_channel();
        sender.set_active();
        sender.publish(Instant::now());
        assert!(reader.status_changed_from(event::Health::Ok).now_or_never().is_none());

        sender.set_disconnected();
        sender.publish(Instant::now() + Duration::from_secs(6));
        reader.status_changed_from(event::Health::Ok).await;
        let Health { status, role, .. } = reader.report();
        assert_eq!((status, role), (event::Health::Degraded, Role::Disconnected));

        drop(sender);
        assert!(reader.status_changed_from(event::Health::Degraded).now_or_never().is_none());
    }

    #[test]
    fn silence_is_contact_while_there_is_nothing_to_send() {
        let long_ago = Instant::now() - Duration::from_secs(60);
        let silence_after = |flushed| {
            let (mut state, _) = silent_state(Role::Active, Duration::ZERO);
            state.last_contact = long_ago;
            state.record_flushed(flushed);
            state.last_contact.elapsed()
        };
        assert!(silence_after(Lsn(1000)) < Duration::from_secs(5));
        assert!(silence_after(Lsn(WAL_PAGE_SIZE * 9)) < Duration::from_secs(5));
        assert!(silence_after(Lsn(1001)) >= Duration::from_secs(60));
    }

    #[test]
    fn oldest_commit_counts_until_everything_is_written() {
        let (sender, reader) = health_channel();
        sender.set_active();
        let now = Clock::system().now();
        sender.record_unwritten_commit(now.plus(time::Duration::seconds(-4)));
        sender.record_unwritten_commit(now);
        assert!(reader.report().lag_ms >= 4000);
        sender.record_written(Some(now));
        assert!(reader.report().lag_ms < 4000);
        sender.record_written(None);
        assert_eq!(reader.report().lag_ms, 0);
    }
}
