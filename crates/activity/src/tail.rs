//! Follows the log on this node: reads what is new and hands it to the bus.

use std::time::Duration;

use contract::Cursor;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Activity;
use super::bus::{ActivityBus, BusEvent};
use super::log::{self, Extent, LogError};
use db::crash_point::{CrashPoint, reached};

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
    loop {
        let Extent { head, horizon } = log::extent(pool).await?;
        if head.epoch != cursor.epoch || cursor.position < horizon {
            // What follows the cursor is another log, or was dropped while this node slept. Every
            // reader is sent to this place, which in a restored log may be an earlier one.
            *cursor = head;
            bus.publish(BusEvent::LogReset(head)).await;
        }
        if cursor.position >= head.position {
            return Ok(());
        }
        let activities = log::after(pool, cursor.position, BATCH).await?;
        if has_gap(&activities, *cursor) && log::extent(pool).await?.horizon > cursor.position {
            continue;
        }
        // Positions that are left out belong to nothing.
        let position = activities.last().map_or(head.position, |newest| newest.position);
        if !activities.is_empty() {
            reached(CrashPoint::LogRead).await;
            bus.publish(BusEvent::Activities(activities.into())).await;
            reached(CrashPoint::HandedOn).await;
        }
        cursor.position = position;
    }
}

/// Whether positions are missing before or between the activities: left out by the writer, or
/// dropped since the extent of the log was read.
fn has_gap(activities: &[Activity], cursor: Cursor) -> bool {
    activities.last().is_none_or(|newest| {
        i64::try_from(activities.len()) != Ok(newest.position.0 - cursor.position.0)
    })
}

#[cfg(test)]
mod tests {
    use contract::Position;
    use tokio::sync::mpsc;
    use tokio::sync::mpsc::error::TryRecvError;

    use super::*;
    use testing::TestDatabase;

    async fn execute(database: &TestDatabase, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&database.pool).await.unwrap();
    }

    /// A tail that stands at the beginning, and who follows it.
    async fn followed(database: &TestDatabase) -> (ActivityBus, mpsc::Receiver<BusEvent>, Cursor) {
        let bus = ActivityBus::new();
        let events = bus.follow();
        (bus, events, log::head(&database.pool).await.unwrap())
    }

    const ONE_ACTIVITY: &str = "insert into activities (id, commit_lsn, ordinal, kind, action,
            subject_id, changed, data, committed_at)
        values (8, '0/1', 0, 'user', 'created', gen_random_uuid(), '{}', '{}', now())";

    #[tokio::test]
    async fn positions_that_were_never_given_out_are_passed_over() {
        let database = TestDatabase::create().await;
        let (bus, mut events, mut cursor) = followed(&database).await;
        execute(&database, ONE_ACTIVITY).await;
        execute(&database, "update cdc_state set last_position = 20").await;
        hand_on(&database.pool, &bus, &mut cursor).await.unwrap();
        assert_eq!(cursor.position, Position(20));
        let Ok(BusEvent::Activities(activities)) = events.try_recv() else { panic!("none") };
        assert_eq!(activities[0].position, Position(8));
        assert!(matches!(events.try_recv(), Err(TryRecvError::Empty)));
    }

    #[tokio::test]
    async fn a_tail_that_slept_past_the_retention_sends_every_reader_to_the_head() {
        let database = TestDatabase::create().await;
        let (bus, mut events, mut cursor) = followed(&database).await;
        execute(&database, ONE_ACTIVITY).await;
        execute(&database, "update cdc_state set last_position = 8, horizon = 7").await;
        hand_on(&database.pool, &bus, &mut cursor).await.unwrap();
        let Ok(BusEvent::LogReset(at)) = events.try_recv() else { panic!("not told") };
        assert_eq!((at, cursor.position), (cursor, Position(8)));
    }
}
