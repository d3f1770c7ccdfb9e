//! The tail of the log on this node: publishes new activities on the bus. It reads them from the database, unless
//! the worker of this node hands them over.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use contract::{Cursor, Position};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Activity;
use super::bus::{ActivityBus, BusEvent};
use super::local_feed::{LocalFeed, LocalFeedReceiver};
use super::log::{self, LogBounds, LogError};
use db::crash_point::{CrashPoint, reached};
use db::retry::{Backoff, MAX_READ_DELAY};

const MAX_BATCH_SIZE: i64 = 1_000;

/// Notifications wake the tail at once. It also polls, in case a notification was lost.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Publishes everything after `from` on `bus`, until `stop` is cancelled. When the database is
/// unreachable, it retries and resumes after the last published activity.
pub async fn run(
    pool: PgPool,
    bus: ActivityBus,
    feed: LocalFeed,
    from: Cursor,
    stop: CancellationToken,
) {
    tokio::select! {
        () = stop.cancelled() => {}
        never = retry_forever(&pool, &bus, feed.subscribe(), from) => match never {},
    }
}

async fn retry_forever(
    pool: &PgPool,
    bus: &ActivityBus,
    mut feed: LocalFeedReceiver,
    mut cursor: Cursor,
) -> Infallible {
    let mut backoff = Backoff::new(MAX_READ_DELAY);
    loop {
        let Err(error) = publish_until_error(pool, bus, &mut feed, &mut cursor, &mut backoff).await;
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
    feed: &mut LocalFeedReceiver,
    cursor: &mut Cursor,
    backoff: &mut Backoff,
) -> Result<Infallible, LogError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(log::CHANNEL).await?;
    let mut polls = interval(POLL_INTERVAL);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Listening begins before reading, so no notification in between is missed.
        publish_new(pool, bus, cursor).await?;
        backoff.reset();
        // Until the log has something that this node doesn't know.
        loop {
            tokio::select! {
                batch = feed.recv() => {
                    let Some(position) = batch.continues(*cursor) else { break };
                    publish(bus, batch.activities, cursor, position).await;
                }
                notification = listener.recv() => {
                    if !is_published(notification?.payload(), *cursor) {
                        break;
                    }
                }
                _ = polls.tick() => break,
            }
        }
    }
}

/// Whether everything was published up to the head that a notification names.
fn is_published(payload: &str, cursor: Cursor) -> bool {
    let head: Option<Cursor> = payload.parse().ok();
    head.is_some_and(|head| head.epoch == cursor.epoch && head.position <= cursor.position)
}

/// Publishes activities that follow the cursor, and advances it to `position`, that of the last.
async fn publish(
    bus: &ActivityBus,
    activities: Arc<[Activity]>,
    cursor: &mut Cursor,
    position: Position,
) {
    reached(CrashPoint::ActivitiesRead).await;
    bus.publish(BusEvent::Activities(activities)).await;
    reached(CrashPoint::ActivitiesPublished).await;
    cursor.position = position;
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
        if let Some(newest) = activities.last() {
            let position = newest.position;
            publish(bus, activities.into(), cursor, position).await;
        } else {
            // Positions without an activity were skipped by the writer.
            bus.publish(BusEvent::Advanced(head.position)).await;
            cursor.position = head.position;
        }
        // Whatever was written since is announced by another notification.
        if cursor.position >= head.position {
            return Ok(());
        }
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
    use contract::{Action, Epoch, Timestamp};
    use tokio::sync::mpsc;
    use tokio::sync::mpsc::error::TryRecvError;

    use super::*;
    use crate::local_feed::CommittedBatch;
    use crate::{ActivityKind, NewActivity};
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

    /// Returns a batch of a worker: a deletion at each of these positions.
    fn batch(epoch: Epoch, positions: std::ops::RangeInclusive<i64>) -> CommittedBatch {
        let activity = |position| Activity {
            position: Position(position),
            committed_at: Timestamp::new(time::OffsetDateTime::UNIX_EPOCH),
            change: NewActivity {
                kind: ActivityKind::User,
                action: Action::Deleted,
                subject_id: uuid::Uuid::nil(),
                organization_id: None,
                user_id: None,
                actor_id: None,
                mutation_id: None,
                changed: Vec::new(),
                data: serde_json::Value::Null,
            },
            user_organizations: Vec::new(),
            invited_users: Vec::new(),
        };
        CommittedBatch { epoch, activities: positions.map(activity).collect() }
    }

    async fn positions(events: &mut mpsc::Receiver<BusEvent>) -> Vec<i64> {
        match events.recv().await {
            Some(BusEvent::Activities(activities)) => {
                activities.iter().map(|activity| activity.position.0).collect()
            }
            other => panic!("no activities but {other:?}"),
        }
    }

    #[tokio::test]
    async fn batch_of_the_own_node_is_published_once_and_without_reading_the_log() {
        let database = TestDatabase::create().await;
        let (bus, mut events, start) = bus_at_head(&database).await;
        let (feed, stop) = (LocalFeed::default(), CancellationToken::new());
        let tail = run(database.pool.clone(), bus, feed.clone(), start, stop.clone());
        let tail = tokio::spawn(tail);
        testing::eventually("the tail receives", async || feed.has_receivers()).await;
        // The log has neither of them yet.
        feed.send(batch(start.epoch, 1..=2));
        feed.send(batch(start.epoch, 3..=3));
        assert_eq!(positions(&mut events).await, [1, 2]);
        assert_eq!(positions(&mut events).await, [3]);
        // Outdated, of another log, and after a gap: the log decides.
        let other = Epoch::new(start.epoch.number().wrapping_add(1));
        for ignored in [batch(start.epoch, 2..=3), batch(other, 4..=4), batch(start.epoch, 5..=5)] {
            feed.send(ignored);
        }
        execute(&database, ONE_ACTIVITY).await;
        execute(&database, "update cdc_state set last_position = 8").await;
        assert_eq!(positions(&mut events).await, [8]);
        stop.cancel();
        tail.await.unwrap();
        assert!(events.recv().await.is_none(), "nothing else was published");
    }

    #[test]
    fn notification_is_published_only_up_to_the_cursor_and_in_its_epoch() {
        let cursor = Cursor { epoch: Epoch::new(7), position: Position(10) };
        let published = ["00000007.9", "00000007.10"];
        assert!(published.iter().all(|payload| is_published(payload, cursor)));
        let unknown = ["00000007.11", "00000008.9", "", "x"];
        assert!(!unknown.iter().any(|payload| is_published(payload, cursor)));
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
