//! How a test arms a point.

use std::cell::Cell;
use std::future::pending;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::CrashPoint;

tokio::task_local! {
    static FATE: Fate;
}

struct Fate {
    point: CrashPoint,
    /// How many times it is still passed before it is deadly.
    passes: Cell<u32>,
    told: Cell<Option<oneshot::Sender<()>>>,
}

/// A part of the server that dies at a point.
pub struct Doomed {
    task: JoinHandle<()>,
    reached: oneshot::Receiver<()>,
}

impl Doomed {
    /// Runs `part` in a task of its own until it reaches the point for the `nth` time.
    pub fn run(
        point: CrashPoint,
        nth: u32,
        part: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let (teller, reached) = oneshot::channel();
        let fate = Fate { point, passes: Cell::new(nth - 1), told: Cell::new(Some(teller)) };
        Self { task: tokio::spawn(FATE.scope(fate, part)), reached }
    }

    /// Waits until it is at the point, and lets it do nothing any more.
    ///
    /// # Panics
    /// When it doesn't get there in time.
    pub async fn dies(self) {
        let patience = std::time::Duration::from_secs(30);
        tokio::time::timeout(patience, self.reached)
            .await
            .expect("the point isn't reached within 30 s")
            .expect("the task ended before the point");
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

pub(super) async fn reached(point: CrashPoint) {
    let is_fatal = FATE.try_with(|fate| {
        if fate.point != point {
            return false;
        }
        let passes = fate.passes.get();
        fate.passes.set(passes.saturating_sub(1));
        if passes == 0
            && let Some(told) = fate.told.take()
        {
            // The test may have given up.
            let _ = told.send(());
            return true;
        }
        false
    });
    if is_fatal == Ok(true) {
        pending::<()>().await;
    }
}
