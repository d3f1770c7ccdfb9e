//! Starts Postgres again when it ends without having been told to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::ClusterError;
use super::launcher::Launcher;
use super::postmaster::Postmaster;

/// How often the supervisor checks whether Postgres still runs.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// The delay before the first restart; each one after it takes twice as long.
const FIRST_DELAY: Duration = Duration::from_millis(100);

/// The longest delay between two restarts.
const MAX_DELAY: Duration = Duration::from_secs(10);

/// How long Postgres has to run before the next end counts as the first one again. A Postgres that
/// starts and ends over and over must not be started ten times a second.
const STABLE_AFTER: Duration = Duration::from_secs(60);

/// After how many attempts in a row a restart is considered impossible.
const FAILING_AFTER: u32 = 3;

/// Whether the cluster's Postgres runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterState {
    /// It accepts connections.
    Running,
    /// It has ended, and is being started again.
    Restarting,
    /// It has ended, and starting it has failed several times in a row. Attempts go on.
    Failing {
        /// Why the last attempt failed, in one line.
        reason: String,
    },
}

/// The postmaster, shared by the cluster and its supervisor. Empty while Postgres is being started
/// again, and after the cluster was stopped or dropped.
#[derive(Clone, Debug)]
pub(super) struct SharedPostmaster(Arc<Mutex<Slot>>);

#[derive(Debug)]
struct Slot {
    postmaster: Option<Postmaster>,
    /// Set when the cluster is stopped or dropped: from then on nothing is started.
    is_closed: bool,
}

impl SharedPostmaster {
    pub(super) fn new(postmaster: Postmaster) -> Self {
        Self(Arc::new(Mutex::new(Slot { postmaster: Some(postmaster), is_closed: false })))
    }

    /// Takes the postmaster for good: the supervisor starts no other one.
    pub(super) fn close(&self) -> Option<Postmaster> {
        let mut slot = self.lock();
        slot.is_closed = true;
        slot.postmaster.take()
    }

    /// Whether the postmaster has ended by itself. Forgets it then.
    fn take_ended(&self) -> bool {
        let mut slot = self.lock();
        let ended = slot.postmaster.as_mut().is_some_and(Postmaster::has_ended);
        if ended {
            slot.postmaster = None;
        }
        ended
    }

    /// Stores a new postmaster. When the cluster was closed meanwhile, it is stopped instead.
    fn replace(&self, postmaster: Postmaster) {
        let mut slot = self.lock();
        if !slot.is_closed {
            slot.postmaster = Some(postmaster);
        }
    }

    fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts Postgres again whenever it ends, until the cluster is closed.
pub(super) async fn supervise(
    postmaster: SharedPostmaster,
    launcher: Arc<Launcher>,
    state: watch::Sender<ClusterState>,
) {
    let mut started_at = Instant::now();
    let mut attempts = 0;
    while !postmaster.is_closed() {
        if !postmaster.take_ended() {
            tokio::time::sleep(CHECK_INTERVAL).await;
            continue;
        }
        tracing::error!(
            log_end = %launcher.last_log_line(),
            "the private Postgres has ended; starting it again"
        );
        state.send_if_modified(|state| {
            let was_running = *state == ClusterState::Running;
            if was_running {
                *state = ClusterState::Restarting;
            }
            was_running
        });
        if started_at.elapsed() >= STABLE_AFTER {
            attempts = 0;
        }
        let Some(started) = restart(&postmaster, &launcher, &state, &mut attempts).await else {
            return;
        };
        started_at = Instant::now();
        postmaster.replace(started);
        state.send_replace(ClusterState::Running);
        tracing::info!("the private Postgres is running again");
    }
}

/// Attempts to start Postgres until it succeeds. None when the cluster was closed meanwhile.
async fn restart(
    postmaster: &SharedPostmaster,
    launcher: &Launcher,
    state: &watch::Sender<ClusterState>,
    attempts: &mut u32,
) -> Option<Postmaster> {
    loop {
        tokio::time::sleep(delay_before(*attempts)).await;
        if postmaster.is_closed() {
            return None;
        }
        *attempts = attempts.saturating_add(1);
        match launcher.launch().await {
            Ok(started) => return Some(started),
            Err(error) => record_failure(&error, *attempts, state),
        }
    }
}

fn record_failure(error: &ClusterError, attempts: u32, state: &watch::Sender<ClusterState>) {
    let reason = error.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" ");
    if attempts < FAILING_AFTER {
        tracing::warn!(error = %reason, "the private Postgres can't be started again yet");
        return;
    }
    let failing = ClusterState::Failing { reason };
    // The same failure repeats every few seconds: it is logged when it changes.
    if state.send_if_modified(|state| std::mem::replace(state, failing.clone()) != failing) {
        tracing::error!(state = ?failing, "the private Postgres can't be started again; still trying");
    }
}

/// Returns the delay before the next attempt. Never zero: the processes of a killed postmaster need a
/// moment to end.
fn delay_before(attempts: u32) -> Duration {
    FIRST_DELAY.saturating_mul(1 << attempts.min(16)).min(MAX_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_maximum() {
        let delays: Vec<_> = (0..9).map(|attempts| delay_before(attempts).as_millis()).collect();
        assert_eq!(delays, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
        assert_eq!(delay_before(u32::MAX), MAX_DELAY);
    }

    #[test]
    fn third_failure_in_a_row_is_reported_as_failing_until_a_start_succeeds() {
        let (state, reader) = watch::channel(ClusterState::Restarting);
        for attempts in 1..=3 {
            assert_eq!(*reader.borrow(), ClusterState::Restarting);
            record_failure(&ClusterError::NoUser, attempts, &state);
        }
        assert!(matches!(&*reader.borrow(), ClusterState::Failing { .. }));
    }
}
