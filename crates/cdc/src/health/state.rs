//! The state of the log's completeness.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::Timestamp;

use super::Role;
use crate::replication_slot::Progress;
use activity::Lsn;

/// How long the log may be behind Postgres' WAL without a sign of a commit that it lacks: a little
/// longer than Postgres takes from one keep-alive to the next.
const GRACE: Duration = Duration::from_secs(3);

/// The size of a page of Postgres' WAL, in bytes.
const WAL_PAGE_SIZE: u64 = 8192;

/// A record that lies across the end of a page can't be sent before it is complete. Longer records are
/// rare.
const MAX_INCOMPLETE_RECORD: u64 = 1 << 20;

#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) role: Role,
    /// Why the worker doesn't get on.
    pub(super) problem: Option<Arc<str>>,
    /// The commit time of the oldest transaction that was received but isn't in the log.
    pub(super) oldest_unwritten_commit: Option<Timestamp>,
    /// Everything before this is in the log.
    logged: Lsn,
    /// How far Postgres' WAL was at which moment, for what the log hasn't reached. Oldest first.
    unreached: VecDeque<(Instant, Lsn)>,
    /// When Postgres was last asked and answered.
    answered_at: Instant,
    /// Since when it isn't known whether the worker gets on: since it was started or failed. Known
    /// again when the log reaches a position that was asked for later.
    unproven_since: Option<Instant>,
}

impl State {
    /// Returns the state of a worker that is started at that moment.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            role: Role::Disconnected,
            problem: None,
            oldest_unwritten_commit: None,
            logged: Lsn::default(),
            unreached: VecDeque::new(),
            answered_at: now,
            unproven_since: Some(now),
        }
    }

    /// Records that the worker has failed.
    pub(super) fn disconnect(&mut self, now: Instant) {
        self.role = Role::Disconnected;
        self.oldest_unwritten_commit = None;
        self.unproven_since.get_or_insert(now);
        // It may read from another slot, or from a restored database, when it works again.
        self.logged = Lsn::default();
        self.unreached.clear();
    }

    /// Records that everything before `end` is in the log.
    pub(super) fn record_logged(&mut self, end: Lsn) {
        self.logged = self.logged.max(end);
        let before = self.unreached.len();
        while self.unreached.front().is_some_and(|(_, lsn)| self.has_reached(*lsn)) {
            self.unreached.pop_front();
        }
        if self.unreached.len() < before {
            self.set_proven();
        }
    }

    /// Postgres was asked at `asked_at`, and has answered.
    pub(super) fn record_progress(&mut self, asked_at: Instant, progress: Progress) {
        self.answered_at = asked_at;
        if self.role == Role::Standby {
            // The active worker acknowledges only what is in the log.
            self.record_logged(progress.acknowledged.unwrap_or_default());
        }
        if self.role == Role::Disconnected {
            return;
        }
        if self.has_reached(progress.flushed) {
            self.set_proven();
        } else if self.unreached.back().is_none_or(|(_, lsn)| *lsn < progress.flushed) {
            self.unreached.push_back((asked_at, progress.flushed));
        }
    }

    fn has_reached(&self, flushed: Lsn) -> bool {
        let Lsn(missing) = Lsn(flushed.0.saturating_sub(self.logged.0));
        let may_be_incomplete =
            flushed.0.is_multiple_of(WAL_PAGE_SIZE) && missing <= MAX_INCOMPLETE_RECORD;
        missing == 0 || (may_be_incomplete && self.logged > Lsn::default())
    }

    fn set_proven(&mut self) {
        self.unproven_since = None;
        self.problem = None;
    }

    /// Returns how long ago the log was last known to be complete; zero when nothing shows that it
    /// isn't.
    pub(super) fn lag(&self, instant: Instant, now: Timestamp) -> Duration {
        let age = |since: Instant| instant.saturating_duration_since(since);
        let unwritten = self.oldest_unwritten_commit.map_or(Duration::ZERO, |since| {
            Duration::try_from(now.inner() - since.inner()).unwrap_or_default()
        });
        let unreached = self.unreached.front().map(|(asked_at, _)| *asked_at);
        let uncertain = [unreached, self.unproven_since, Some(self.answered_at)];
        let uncertain = uncertain.into_iter().flatten().map(age).filter(|age| *age > GRACE);
        uncertain.max().unwrap_or_default().max(unwritten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn now() -> Timestamp {
        Timestamp::new(datetime!(2030-01-01 0:00 UTC))
    }

    fn at(flushed: u64) -> Progress {
        Progress { flushed: Lsn(flushed), acknowledged: None }
    }

    /// Returns a worker that works, with the log complete up to position 1000, and the moment of that.
    fn active() -> (State, Instant) {
        let start = Instant::now();
        let mut state = State::new(start);
        state.role = Role::Active;
        state.record_logged(Lsn(1000));
        state.record_progress(start, at(1000));
        (state, start)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn quiet_database_has_no_lag_while_it_answers() {
        let (mut state, start) = active();
        for second in 1..60 {
            state.record_progress(start + seconds(second), at(1000));
            assert_eq!(state.lag(start + seconds(second), now()), Duration::ZERO);
        }
        assert_eq!(
            state.lag(start + seconds(69), now()),
            seconds(10),
            "it doesn't answer any more"
        );
    }

    #[test]
    fn lag_is_the_age_of_the_oldest_unwritten_commit() {
        let (mut state, start) = active();
        state.oldest_unwritten_commit = Some(now().plus(time::Duration::seconds(-2)));
        assert_eq!(state.lag(start, now()), seconds(2));
        state.oldest_unwritten_commit = Some(now().plus(time::Duration::seconds(1)));
        assert_eq!(state.lag(start, now()), Duration::ZERO);
    }

    #[test]
    fn wal_that_is_not_sent_is_lag_since_it_was_asked_for() {
        let (mut state, start) = active();
        for second in 1..=8 {
            state.record_progress(start + seconds(second), at(1000 + second));
        }
        assert_eq!(state.lag(start + seconds(3), now()), Duration::ZERO, "a keep-alive may follow");
        assert_eq!(state.lag(start + seconds(9), now()), seconds(8));
        state.record_logged(Lsn(1003));
        assert_eq!(state.lag(start + seconds(9), now()), seconds(5));
        state.record_logged(Lsn(1008));
        assert_eq!(state.lag(start + seconds(9), now()), Duration::ZERO);
    }

    #[test]
    fn connecting_again_is_no_progress() {
        let (mut state, start) = active();
        for second in 1..=10 {
            state.disconnect(start + seconds(second));
            state.role = Role::Active;
            state.record_progress(start + seconds(second), at(1010));
        }
        assert_eq!(state.lag(start + seconds(10), now()), seconds(9));
        state.record_logged(Lsn(1010));
        assert_eq!(state.lag(start + seconds(10), now()), Duration::ZERO);
    }

    #[test]
    fn standby_is_as_healthy_as_the_slot_progresses() {
        let (mut state, start) = active();
        state.role = Role::Standby;
        let progress = |flushed: u64, acknowledged| Progress {
            flushed: Lsn(flushed),
            acknowledged: Some(Lsn(acknowledged)),
        };
        for second in 1..=9 {
            state.record_progress(start + seconds(second), progress(1000 + second, 999 + second));
            assert_eq!(state.lag(start + seconds(second), now()), Duration::ZERO);
        }
        for second in 10..=19 {
            state.record_progress(start + seconds(second), progress(1000 + second, 1009));
        }
        assert_eq!(state.lag(start + seconds(20), now()), seconds(10));
    }

    #[test]
    fn position_within_an_unfinished_record_counts_as_reached() {
        let (mut state, start) = active();
        state.record_progress(start + seconds(1), at(WAL_PAGE_SIZE));
        assert_eq!(state.lag(start + seconds(5), now()), seconds(4), "it doesn't answer any more");
        state.record_progress(start + seconds(5), at(WAL_PAGE_SIZE * 1000));
        state.record_progress(start + seconds(8), at(WAL_PAGE_SIZE * 1000));
        assert_eq!(state.lag(start + seconds(9), now()), seconds(4), "too far away");
    }
}
