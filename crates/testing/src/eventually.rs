//! Waiting for a condition.

use std::time::{Duration, Instant};

/// How long a condition may take to come about. Much longer than it does: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Waits until the condition holds.
///
/// # Panics
/// When it doesn't within 30 s; `what` is in the message.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
