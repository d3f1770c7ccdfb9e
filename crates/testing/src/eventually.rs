//! Waits for a condition.

use std::time::{Duration, Instant};

/// Much longer than any condition takes, because the machine may be busy.
const TIMEOUT: Duration = Duration::from_secs(30);

const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Waits until the condition is true. `description` says what is waited for.
///
/// # Panics
/// When the condition isn't true within 30 s.
pub async fn eventually(description: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition().await {
        assert!(Instant::now() < deadline, "not within {TIMEOUT:?}: {description}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
