//! Drops old activities. The active worker does it, so that one node does.

use std::convert::Infallible;
use std::time::Duration;

use sqlx::PgPool;
use tokio::time::sleep;
use tracing::{info, warn};

use activity::log::{self, Retention};
use db::retry::{Backoff, MAX_DELAY};

/// The longest time between two checks.
const MAX_CHECK_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// A short retention is checked this many times within it.
const CHECKS_WITHIN_RETENTION: u32 = 32;

/// Drops what is older than `retention`, for as long as the future is polled.
pub(super) async fn enforce_periodically(pool: &PgPool, retention: Duration) -> Infallible {
    let interval = MAX_CHECK_INTERVAL.min(retention / CHECKS_WITHIN_RETENTION);
    let mut backoff = Backoff::new(MAX_DELAY);
    loop {
        let delay = match log::enforce_retention(pool, retention).await {
            Ok(Retention::DroppedUpTo(position)) => {
                info!(%position, "Dropped the activities that are older than the retention");
                // There may be another old partition.
                continue;
            }
            Ok(Retention::NothingToDrop) => {
                backoff.reset();
                interval
            }
            Ok(Retention::Busy) => backoff.next_delay().min(interval),
            Err(error) => {
                warn!(%error, "Old activities can't be dropped now");
                interval
            }
        };
        sleep(delay).await;
    }
}
