//! The tail of the log on this node: reads new activities and publishes them on the bus.

use std::convert::Infallible;
use std::time::Duration;

use contract::Cursor;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Activity;
use super::bus::{ActivityBus, BusEvent};
use super::log::{self, LogBounds, LogError};
use db::crash_point::{CrashPoint, reached};
use db::retry::{Backoff, MAX_READ_DELAY};

const MAX_BATCH_SIZE: i64 = 1_000;

/// Notifications wake the tail at once. It also polls, in case a notification was lost.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Publishes everything after `from` on `bus`, until `stop` is cancelled. When the database is
/// unreachable, it retries and resumes after the last published activity.
pub async fn run(pool: PgPool, bus: ActivityBus, from: Cursor, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        never = retry_forever(&pool, &bus, from) => match never {},
    }
}

async fn retry_forever(pool: &PgPool, bus: &ActivityBus, mut cursor: Cursor) -> Infallible {
    let mut backoff = Backoff::new(MAX_READ_DELAY);
    loop {
        let Err(error) = publish_until_error(pool, bus, &mut cursor, &mut backoff).await;
        let delay = backoff.next_delay();
        warn!(
            %error,
            position = %cursor.position,
            retry_in_ms = delay.as_millis(),
            "The activity log can't be read"
        );
        tokio::time::sleep(delay).await;
    }
}

async fn publish_until_error(
    pool: &PgPool,
    bus: &ActivityBus,
    cursor: &mut Cursor,
    backoff: &mut Backoff,
) -> Result<Infallible, LogError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(log::CHANNEL).await?;
    loop {
        // Listening begins before reading, so no notification in between is missed.
        publish_new(pool, bus, cursor).await?;
        backoff.reset();
        if let Ok(received) = tokio::time::timeout(POLL_INTERVAL, listener.recv()).await {
            received?;
        }
    }
}

/// Publishes everything after the cursor, and advances it.
async fn publish_new(
    pool: &PgPool,
    bus: &ActivityBus,
    cursor: &mut Cursor,
) -> Result<(), LogError> {
    loop {
        let LogBounds { head, horizon } = log::bounds(pool).await?;
        if head.epoch != cursor.epoch || cursor.position < horizon {
            // A new epoch has begun, or activities after the cursor were dropped while this node was
            // suspended. Every stream is reset to the head, which may be an earlier position when
            // the database was restored.
            *cursor = head;
            bus.publish(BusEvent::LogReset(head)).await;
        }
        if cursor.position >= head.position {
            return Ok(());
        }
        let activities = log::activities_after(pool, cursor.position, MAX_BATCH_SIZE).await?;
        if has_gap(&activities, *cursor) && log::bounds(pool).await?.horizon > cursor.position {
            continue;
        }
        // Positions without an activity were skipped by the writer.
        let position = activities.last().map_or(head.position, |newest| newest.position);
        if activities.is_empty() {
            bus.publish(BusEvent::Advanced(position)).await;
        } else {
            reached(CrashPoint::ActivitiesRead).await;
            bus.publish(BusEvent::Activities(activities.into())).await;
            reached(CrashPoint::ActivitiesPublished).await;
        }
        cursor.position = position;
    }
}

/// Whether positions are missing before or between the activities: skipped by the writer, or dropped
/// since the log's bounds were read.
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

    /// A bus with one subscriber, and the cursor of a tail at the log's head.
    async fn bus_at_head(
        database: &TestDatabase,
    ) -> (ActivityBus, mpsc::Receiver<BusEvent>, Cursor) {
        let bus = ActivityBus::new();
        let events = bus.subscribe();
        (bus, events, log::head(&database.pool).await.unwrap())
    }

    const ONE_ACTIVITY: &str = "insert into activities (id, commit_lsn, ordinal, kind, action,
            subject_id, changed, data, committed_at)
        values (8, '0/1', 0, 'user', 'created', gen_random_uuid(), '{}', '{}', now())";

    #[tokio::test]
    async fn skipped_positions_are_passed_over() {
        let database = TestDatabase::create().await;
        let (bus, mut events, mut cursor) = bus_at_head(&database).await;
        execute(&database, ONE_ACTIVITY).await;
        execute(&database, "update cdc_state set last_position = 20").await;
        publish_new(&database.pool, &bus, &mut cursor).await.unwrap();
        assert_eq!(cursor.position, Position(20));
        let Ok(BusEvent::Activities(activities)) = events.try_recv() else { panic!("none") };
        assert_eq!(activities[0].position, Position(8));
        assert!(matches!(events.try_recv(), Ok(BusEvent::Advanced(Position(20)))));
        assert!(matches!(events.try_recv(), Err(TryRecvError::Empty)));
    }

    #[tokio::test]
    async fn tail_behind_the_horizon_resets_every_reader_to_the_head() {
        let database = TestDatabase::create().await;
        let (bus, mut events, mut cursor) = bus_at_head(&database).await;
        execute(&database, ONE_ACTIVITY).await;
        execute(&database, "update cdc_state set last_position = 8, horizon = 7").await;
        publish_new(&database.pool, &bus, &mut cursor).await.unwrap();
        let Ok(BusEvent::LogReset(at)) = events.try_recv() else { panic!("no reset") };
        assert_eq!((at, cursor.position), (cursor, Position(8)));
    }
}
