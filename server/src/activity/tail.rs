//! Follows the log on this node: reads what is new and hands it to the bus.

use std::time::Duration;

use app::contract::Cursor;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::bus::{ActivityBus, BusEvent};
use super::log::{self, LogError};

/// How many activities one batch holds at most.
const BATCH: i64 = 1_000;

/// Notifications wake the tail at once; this only heals one that was lost.
const SAFETY_NET: Duration = Duration::from_secs(1);

/// How long to wait before trying a database again that didn't answer.
const RETRY: Duration = Duration::from_millis(250);

/// Hands everything after `from` to `bus`, until `stop` is cancelled. Survives the database being
/// away: it goes on from where it was.
pub async fn run(pool: PgPool, bus: ActivityBus, from: Cursor, stop: CancellationToken) {
    let mut cursor = from;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            result = follow(&pool, &bus, &mut cursor) => {
                let Err(error) = result;
                warn!(%error, position = %cursor.position, "The tail of the log will try again");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

async fn follow(
    pool: &PgPool,
    bus: &ActivityBus,
    cursor: &mut Cursor,
) -> Result<std::convert::Infallible, LogError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(log::CHANNEL).await?;
    loop {
        // Listening comes before reading, so nothing falls between the two.
        hand_on(pool, bus, cursor).await?;
        if let Ok(received) = tokio::time::timeout(SAFETY_NET, listener.recv()).await {
            received?;
        }
    }
}

async fn hand_on(pool: &PgPool, bus: &ActivityBus, cursor: &mut Cursor) -> Result<(), LogError> {
    let head = log::head(pool).await?;
    if head.epoch != cursor.epoch {
        // Every reader is sent to this place, which in a restored log may be an earlier one.
        *cursor = head;
        bus.publish(BusEvent::NewEpoch(head)).await;
    }
    while cursor.position < head.position {
        let activities = log::after(pool, cursor.position, BATCH).await?;
        let Some(newest) = activities.last().map(|activity| activity.position) else { break };
        bus.publish(BusEvent::Activities(activities.into())).await;
        cursor.position = newest;
    }
    Ok(())
}
