//! Tells open streams when the log falls behind or recovers.

use activity::LogHealth;
use contract::event::Health;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Publishes the status of the log until `stop` is cancelled or nobody publishes its health any
/// more. The lag changes every second while the log is behind; streams are woken for a new status
/// only.
pub async fn run(
    mut health: watch::Receiver<LogHealth>,
    status: watch::Sender<Health>,
    stop: CancellationToken,
) {
    loop {
        let current = health.borrow_and_update().status;
        status.send_if_modified(|sent| std::mem::replace(sent, current) != current);
        tokio::select! {
            () = stop.cancelled() => return,
            changed = health.changed() => if changed.is_err() { return },
        }
    }
}
