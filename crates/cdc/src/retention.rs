//! How long the log is kept. Whoever holds the slot sees to it, so one node does.

use std::convert::Infallible;
use std::time::Duration;

use sqlx::PgPool;
use tokio::time::sleep;
use tracing::{info, warn};

use activity::log::{self, Retained};

/// How often the log is looked at, at least.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);

/// A short retention is looked at this many times within it.
const LOOKS_WITHIN_RETENTION: u32 = 32;

/// How long to wait for a log that is in use.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Drops what is older than `retention`, for as long as it is polled.
pub(super) async fn watch(pool: &PgPool, retention: Duration) -> Infallible {
    let pause = LOOK_EVERY.min(retention / LOOKS_WITHIN_RETENTION);
    loop {
        let pause = match log::retain(pool, retention).await {
            Ok(Retained::After(position)) => {
                info!(%position, "Activities up to there were older than the retention and dropped");
                // Perhaps there is more.
                continue;
            }
            Ok(Retained::Everything) => pause,
            Ok(Retained::Busy) => TRY_AGAIN.min(pause),
            Err(error) => {
                warn!(%error, "What is older than the retention stays for now");
                pause
            }
        };
        sleep(pause).await;
    }
}
