//! Wakes the open streams when the log falls behind or recovers.

use activity::LogHealth;
use contract::event::Health;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::registry::Registry;

/// Publishes the status of the log to `status`, and wakes the streams of `registry`, until `stop` is cancelled or the sender of `health`
/// is dropped.
///
/// While the log is behind, its lag changes every second. Streams watch `status` instead of
/// `health`, so they wake up only when the status itself changes.
pub async fn run(
    mut health: watch::Receiver<LogHealth>,
    status: watch::Sender<Health>,
    registry: &Registry,
    stop: CancellationToken,
) {
    loop {
        let current = health.borrow_and_update().status;
        if status.send_if_modified(|sent| std::mem::replace(sent, current) != current) {
            registry.wake_all();
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = health.changed() => if changed.is_err() { return },
        }
    }
}
