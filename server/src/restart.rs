//! Starts a background task again when it panics.

use tracing::{Instrument, error_span};

use db::retry::{Backoff, MAX_DELAY};

use crate::node_health::NodeHealth;

/// Runs the task until it returns. When it panics, records that and starts a new one, with increasing
/// delays. `start` receives the number of tasks before.
pub async fn restart_on_panic<T>(
    name: &'static str,
    health: NodeHealth,
    mut start: impl FnMut(u64) -> T,
) where
    T: Future<Output = ()> + Send + 'static,
{
    let mut backoff = Backoff::new(MAX_DELAY);
    for started in 0.. {
        // A task of its own, so that the panic ends there.
        // At the level of errors, so that a filter such as `warn` keeps the task's name.
        let span = error_span!(parent: None, "task", task = name);
        match tokio::spawn(start(started).instrument(span)).await {
            Err(error) if error.is_panic() => health.record_failed_task(name),
            // It has returned, or the runtime stops.
            _ => return,
        }
        backoff.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::node_health::Problem;

    #[tokio::test]
    async fn panicking_task_is_started_again_and_reported() {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        let health = NodeHealth::new(None);
        restart_on_panic("test", health.clone(), |before| async move {
            assert_eq!(RUNS.fetch_add(1, Ordering::Relaxed), before);
            assert!(before >= 2, "the first two tasks panic");
        })
        .await;
        assert_eq!(RUNS.load(Ordering::Relaxed), 3);
        assert_eq!(health.problems(), [Problem::TaskRestarted]);
    }
}
