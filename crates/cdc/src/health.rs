//! How the way from the WAL to the log is doing, for everybody who has to say so.

use std::convert::Infallible;
use std::future::pending;
use std::time::{Duration, Instant};

use contract::{Timestamp, event};
use serde::Serialize;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::budget::WalBudget;
use super::slot;
use activity::{LogHealth, Lsn};
use db::clock::Clock;

/// From which lag on what is on the screen may be old.
const DEGRADED_AFTER: Duration = Duration::from_secs(5);

/// How often the status is looked at, and a silent Postgres asked whether its silence is right.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Postgres writes its WAL in pages of this size.
const WAL_PAGE: u64 = 8192;

/// What this node's worker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It holds the slot and writes the log.
    Holder,
    /// Another node does; this one is ready to take over.
    Standby,
    /// It can't reach Postgres, or not read from it.
    Disconnected,
}

/// How the way from the WAL to the log is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether changes reach the log as they are committed.
    pub status: event::Health,
    /// How long ago the log was last known to be complete, in milliseconds; 0 when it is.
    pub lag_ms: u64,
    /// What this node does for it.
    pub role: Role,
}

#[derive(Clone, Copy, Debug)]
struct State {
    role: Role,
    /// When we last knew that nothing was missing but what `behind_since` says.
    contact: Instant,
    /// How far Postgres has read its WAL for us.
    seen: Lsn,
    /// The commit time of the oldest transaction that has come but isn't in the log.
    behind_since: Option<Timestamp>,
}

/// The worker's end, and the one that reads.
#[must_use]
pub fn health() -> (HealthSender, HealthReader) {
    let clock = Clock::system();
    let (state_sender, state) = watch::channel(State {
        role: Role::Disconnected,
        contact: Instant::now(),
        seen: Lsn::default(),
        behind_since: None,
    });
    let (published_sender, published) = watch::channel(LogHealth::default());
    let (wal_sender, wal) = watch::channel(None);
    (
        HealthSender {
            state: state_sender,
            published: published_sender,
            wal: wal_sender,
            clock: clock.clone(),
        },
        HealthReader { state, published, wal, clock },
    )
}

/// Reads how it is going. Clones read the same.
#[derive(Clone, Debug)]
pub struct HealthReader {
    state: watch::Receiver<State>,
    /// Published once a second, unlike the state, which changes with every batch.
    published: watch::Receiver<LogHealth>,
    wal: watch::Receiver<Option<WalBudget>>,
    clock: Clock,
}

impl HealthReader {
    /// How it is going at this moment. The status is looked at once a second.
    #[must_use]
    pub fn report(&self) -> Health {
        let state = *self.state.borrow();
        let lag = state.lag(Instant::now(), self.clock.now());
        let lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
        Health { status: self.published.borrow().status, lag_ms, role: state.role }
    }

    /// Status and lag for the streams. They are published once a second.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<LogHealth> {
        self.published.clone()
    }

    /// How the WAL budget stands, as of a few seconds ago; none while nothing is known of it.
    #[must_use]
    pub fn wal(&self) -> Option<WalBudget> {
        *self.wal.borrow()
    }

    /// Waits until the status is another one than `known`.
    pub async fn differs_from(&mut self, known: event::Health) {
        if self.published.wait_for(|published| published.status != known).await.is_err() {
            // The worker has stopped: nothing will be said any more.
            pending::<()>().await;
        }
    }
}

impl State {
    fn lag(&self, instant: Instant, now: Timestamp) -> Duration {
        let silence = instant.saturating_duration_since(self.contact);
        match (self.role, self.behind_since) {
            (Role::Holder, Some(since)) => {
                Duration::try_from(now.inner() - since.inner()).unwrap_or_default()
            }
            // Short silence is a quiet database. A long one is not: it is asked every second.
            (Role::Holder | Role::Standby, None) if silence <= DEGRADED_AFTER => Duration::ZERO,
            _ => silence,
        }
    }

    fn probed(&mut self, flushed: Lsn) {
        // What ends with a page may end within a record, which can't be sent before its rest.
        if flushed <= self.seen || flushed.0.is_multiple_of(WAL_PAGE) {
            self.contact = Instant::now();
        }
    }
}

fn status(lag: Duration) -> event::Health {
    if lag > DEGRADED_AFTER { event::Health::Degraded } else { event::Health::Ok }
}

/// Tells how it is going.
#[derive(Debug)]
pub struct HealthSender {
    state: watch::Sender<State>,
    published: watch::Sender<LogHealth>,
    wal: watch::Sender<Option<WalBudget>>,
    clock: Clock,
}

impl HealthSender {
    /// Where it is told how the WAL budget stands.
    pub(super) const fn wal(&self) -> &watch::Sender<Option<WalBudget>> {
        &self.wal
    }

    /// This node holds the slot.
    pub(super) fn holding(&self) {
        self.state.send_modify(|state| {
            state.role = Role::Holder;
            state.contact = Instant::now();
            state.behind_since = None;
        });
    }

    /// Another node holds the slot, just now.
    pub(super) fn standing_by(&self) {
        self.state.send_modify(|state| {
            state.role = Role::Standby;
            state.contact = Instant::now();
            state.behind_since = None;
        });
    }

    /// Nobody is known to hold it.
    pub(super) fn disconnected(&self) {
        self.state.send_modify(|state| state.role = Role::Disconnected);
    }

    /// Postgres has sent everything before `end`.
    pub(super) fn heard(&self, end: Lsn) {
        self.state.send_modify(|state| {
            state.contact = Instant::now();
            state.seen = state.seen.max(end);
        });
    }

    /// What was committed then has come and isn't in the log.
    pub(super) fn fell_behind(&self, committed_at: Timestamp) {
        self.state.send_modify(|state| {
            state.contact = Instant::now();
            state.behind_since.get_or_insert(committed_at);
        });
    }

    /// All that has come is in the log, but for a transaction committed at `next`.
    pub(super) fn recorded(&self, next: Option<Timestamp>) {
        self.state.send_modify(|state| state.behind_since = next);
    }

    /// Publishes the status once a second, and tells a quiet database from a dead connection: both
    /// are silent.
    ///
    /// While nothing comes, it asks Postgres how far its WAL goes. No further than we have seen:
    /// then the silence is right, and counts as contact.
    pub(super) async fn watch(&self, pool: &PgPool) -> Infallible {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let State { role, contact, .. } = *self.state.borrow();
            if role == Role::Holder
                && contact.elapsed() >= LOOK_EVERY
                && let Ok(Ok(flushed)) = timeout(LOOK_EVERY, slot::flushed(pool)).await
            {
                self.state.send_modify(|state| state.probed(flushed));
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

    fn state(role: Role, silence: Duration) -> (State, Instant) {
        let contact = Instant::now();
        (State { role, contact, seen: Lsn(1000), behind_since: None }, contact + silence)
    }

    #[test]
    fn a_holder_that_has_written_everything_has_no_lag() {
        let (state, instant) = state(Role::Holder, Duration::from_secs(3));
        assert_eq!(state.lag(instant, Clock::system().now()), Duration::ZERO);
    }

    #[test]
    fn a_holder_lags_as_long_as_its_oldest_unwritten_commit_is_old() {
        let (mut state, instant) = state(Role::Holder, Duration::ZERO);
        let now = Clock::system().now();
        state.behind_since = Some(now.plus(time::Duration::seconds(-2)));
        assert_eq!(state.lag(instant, now), Duration::from_secs(2));

        state.behind_since = Some(now.plus(time::Duration::seconds(1)));
        assert_eq!(state.lag(instant, now), Duration::ZERO, "clocks of two machines may differ");
    }

    #[test]
    fn whoever_hears_nothing_for_long_lags() {
        for role in [Role::Holder, Role::Standby, Role::Disconnected] {
            let (state, instant) = state(role, Duration::from_secs(6));
            assert_eq!(state.lag(instant, Clock::system().now()).as_secs(), 6, "{role:?}");
        }
        let (state, instant) = state(Role::Disconnected, Duration::from_secs(1));
        assert_eq!(state.lag(instant, Clock::system().now()).as_secs(), 1);
    }

    #[test]
    fn more_than_five_seconds_of_lag_is_degraded() {
        assert_eq!(status(Duration::from_millis(5000)), event::Health::Ok);
        assert_eq!(status(Duration::from_millis(5001)), event::Health::Degraded);
    }

    #[tokio::test]
    async fn who_waits_for_another_status_is_woken_when_there_is_one() {
        let (sender, mut reader) = health();
        sender.holding();
        sender.publish(Instant::now());
        assert!(reader.differs_from(event::Health::Ok).now_or_never().is_none());

        sender.disconnected();
        sender.publish(Instant::now() + Duration::from_secs(6));
        reader.differs_from(event::Health::Ok).await;
        let Health { status, role, .. } = reader.report();
        assert_eq!((status, role), (event::Health::Degraded, Role::Disconnected));

        drop(sender);
        assert!(reader.differs_from(event::Health::Degraded).now_or_never().is_none());
    }

    #[test]
    fn silence_is_right_while_there_is_nothing_to_send() {
        let long_ago = Instant::now() - Duration::from_secs(60);
        let silence_after = |flushed| {
            let (mut state, _) = state(Role::Holder, Duration::ZERO);
            state.contact = long_ago;
            state.probed(flushed);
            state.contact.elapsed()
        };
        assert!(silence_after(Lsn(1000)) < Duration::from_secs(5));
        assert!(silence_after(Lsn(WAL_PAGE * 9)) < Duration::from_secs(5));
        assert!(silence_after(Lsn(1001)) >= Duration::from_secs(60));
    }

    #[test]
    fn the_oldest_commit_counts_until_all_is_written() {
        let (sender, reader) = health();
        sender.holding();
        let now = Clock::system().now();
        sender.fell_behind(now.plus(time::Duration::seconds(-4)));
        sender.fell_behind(now);
        assert!(reader.report().lag_ms >= 4000);
        sender.recorded(Some(now));
        assert!(reader.report().lag_ms < 4000);
        sender.recorded(None);
        assert_eq!(reader.report().lag_ms, 0);
    }
}
