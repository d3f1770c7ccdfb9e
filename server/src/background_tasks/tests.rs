//! The router of a node's streams crashes at an exact point and is started again. Its readers miss nothing and
//! receive nothing twice, neither those who were connected nor those who come back.

use std::collections::HashSet;

use api::auth::session::SignedIn;
use api::request_span::RequestId;
use contract::{StreamEvent, StreamMessage, Timestamp};
use db::crash_point::{CrashPoint, CrashingTask};
use eventsource_stream::Eventsource;
use futures::StreamExt;
use serde_json::{Value, json};
use stream::connection::Connection;
use stream::presence::Presence;
use stream::scope::Scope;
use time::OffsetDateTime;

use super::*;
use crate::testing::{Person, TestServer};

/// A node of its own beside a server, which writes the log.
struct TestNode {
    background: BackgroundTasks,
    streams: Streams,
    reader: SignedIn,
}

impl TestNode {
    async fn of(server: &TestServer, email: &str) -> Self {
        let database = server.database.handle();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let background = BackgroundTasks::new(&database, NodeHealth::new(None), stop, tasks);
        let (pool, background_pool) = (database.pool.clone(), database.background_pool.clone());
        // The sender may be gone: the log stays healthy then.
        let health = watch::Sender::new(LogHealth::default()).subscribe();
        let settings = stream::Settings::default();
        let streams = Streams::new(pool, background_pool, Presence::default(), health, settings);
        let (user_id, session_id) = sqlx::query_as(
            "select u.id, s.id from users u join sessions s on s.user_id = u.id where u.email = $1",
        )
        .bind(email)
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
        let expires_at =
            Timestamp::new(OffsetDateTime::UNIX_EPOCH).plus(time::Duration::days(90_000));
        let reader = SignedIn { user_id, session_id, system_admin: false, expires_at };
        Self { background, streams, reader }
    }

    /// Opens a stream without a network.
    fn open(&self, cursor: Cursor) -> impl futures::Stream<Item = StreamEvent> + Unpin {
        let (streams, id) = (self.streams.clone(), RequestId::random());
        let now = Timestamp::new(OffsetDateTime::UNIX_EPOCH);
        let connection =
            Connection::open(streams, self.reader, Scope::User, Some(cursor), id, now).unwrap();
        let bytes = futures::stream::unfold(connection, async |mut connection| {
            let mut batch = Vec::new();
            connection.next_batch(&mut batch).await;
            Some((Ok::<_, std::convert::Infallible>(batch.concat()), connection))
        });
        let events = bytes.eventsource().filter_map(async |event| {
            let event = event.unwrap();
            StreamEvent::parse(&event.event, &event.data).ok()
        });
        Box::pin(events)
    }
}

/// Reads changes until the one about an organization of that slug.
async fn read_until(
    stream: &mut (impl futures::Stream<Item = StreamEvent> + Unpin),
    slug: &str,
) -> Vec<StreamMessage> {
    let mut messages = Vec::new();
    let read = async {
        while let Some(event) = stream.next().await {
            assert!(!matches!(event, StreamEvent::End(_)), "{event:?}");
            let StreamEvent::Change(message) = event else { continue };
            let is_last = serde_json::to_string(&message).unwrap().contains(slug);
            messages.push(*message);
            if is_last {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("the last change arrives");
    messages
}

async fn create_organization(person: &Person, slug: &str) {
    let _: Value =
        person.post("/organizations", &json!({ "name": "Wind", "slug": slug })).await.ok();
}

async fn crash_router(point: CrashPoint) {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let start = server.database.wait_for_log().await;
    let node = TestNode::of(&server, "ada@example.com").await;
    let feeding = node.background.clone().feed_streams(node.streams.clone(), start, None);
    let crashing = CrashingTask::spawn(point, 1, feeding);
    let mut connected = node.open(start);
    let is_live = async |event| matches!(event, StreamEvent::Offset(_));
    assert!(connected.by_ref().any(is_live).await);

    create_organization(&ada, "north-wind").await;
    crashing.wait_for_crash().await;
    create_organization(&ada, "south-wind").await;
    server.database.wait_for_log().await;
    // As the server does when the task has panicked.
    let head = node.background.read_head().await.unwrap();
    let reset = Some(BusEvent::LogReset(head));
    let feeding = node.background.clone().feed_streams(node.streams.clone(), head, reset);
    let restarted = tokio::spawn(feeding);
    create_organization(&ada, "the-last").await;

    let live = read_until(&mut connected, "the-last").await;
    let later = read_until(&mut node.open(start), "the-last").await;
    for (reader, messages) in [("connected", live), ("later", later)] {
        assert!(messages.is_sorted_by(|one, next| one.position < next.position), "{messages:?}");
        let subjects: HashSet<_> = messages.iter().map(|message| message.subject_id).collect();
        assert_eq!(subjects.len(), messages.len(), "{reader}: {messages:?}");
        for slug in ["north-wind", "south-wind", "the-last"] {
            let is_there = serde_json::to_string(&messages).unwrap().contains(slug);
            assert!(is_there, "{reader} didn't receive {slug} after {point:?}");
        }
    }
    node.background.stop.cancel();
    restarted.await.unwrap();
}

#[tokio::test]
async fn crash_before_routing_loses_and_repeats_nothing() {
    crash_router(CrashPoint::HotTailAppended).await;
}

#[tokio::test]
async fn crash_after_routing_loses_and_repeats_nothing() {
    crash_router(CrashPoint::ActivitiesRouted).await;
}
