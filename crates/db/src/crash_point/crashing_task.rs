//! A task that stops at a crash point.

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::CrashPoint;

/// How long a test waits for the crash.
const CRASH_TIMEOUT: Duration = Duration::from_secs(30);

tokio::task_local! {
    static ARMED: ArmedPoint;
}

struct ArmedPoint {
    point: CrashPoint,
    /// How many more times the task may pass the point.
    remaining_passes: Cell<u32>,
    crashed: Cell<Option<oneshot::Sender<()>>>,
}

/// A part of the server that runs until it reaches a crash point, as if its process died there.
pub struct CrashingTask {
    task: JoinHandle<()>,
    crashed: oneshot::Receiver<()>,
}

impl CrashingTask {
    /// Runs `part` in a task of its own until it reaches `point` for the `nth` time, counted from 1.
    pub fn spawn(
        point: CrashPoint,
        nth: u32,
        part: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let (sender, crashed) = oneshot::channel();
        let armed = ArmedPoint {
            point,
            remaining_passes: Cell::new(nth - 1),
            crashed: Cell::new(Some(sender)),
        };
        Self { task: tokio::spawn(ARMED.scope(armed, part)), crashed }
    }

    /// Waits until the task is at the point, and aborts it there.
    ///
    /// # Panics
    /// When the task doesn't reach the point within 30 s, or ends before it.
    pub async fn wait_for_crash(self) {
        tokio::time::timeout(CRASH_TIMEOUT, self.crashed)
            .await
            .expect("the task reaches the crash point within 30 s")
            .expect("the task runs until the crash point");
        self.task.abort();
        let ended = self.task.await;
        assert!(ended.is_err_and(|error| error.is_cancelled()), "the task is aborted");
    }
}

pub(super) async fn reached(point: CrashPoint) {
    let crashes = ARMED.try_with(|armed| {
        if armed.point != point {
            return false;
        }
        let passes = armed.remaining_passes.get();
        armed.remaining_passes.set(passes.saturating_sub(1));
        if passes == 0
            && let Some(crashed) = armed.crashed.take()
        {
            // The test may have given up.
            let _ = crashed.send(());
            return true;
        }
        false
    });
    if crashes == Ok(true) {
        pending::<()>().await;
    }
}
