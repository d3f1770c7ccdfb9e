//! A node crashes at an exact point between log and client; its readers resume at another node.

use std::collections::BTreeMap;
use std::convert::Infallible;

use eventsource_stream::Eventsource;
use futures::StreamExt;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;
use activity::bus::BusEvent;
use activity::{ActivityBus, LocalFeed, tail};
use db::crash_point::CrashPoint;
use db::crash_point::CrashingTask;

type Summary = (Kind, Uuid);

fn summarize(messages: &[StreamMessage]) -> Vec<Summary> {
    messages.iter().map(|message| (message.entity.kind(), message.subject_id)).collect()
}

/// Parses the bytes that a client received before the connection was cut: the cursor to resume from,
/// and the changes.
async fn parse(bytes: &[u8]) -> (Option<String>, Vec<StreamMessage>) {
    let events = futures::stream::iter([Ok::<_, Infallible>(bytes)]).eventsource();
    let events: Vec<_> = events.filter_map(async |event| event.ok()).collect().await;
    let cursor = events.iter().rev().find(|event| !event.id.is_empty()).map(|it| it.id.clone());
    let changes = events.iter().filter_map(|event| {
        match StreamEvent::parse(&event.event, &event.data).unwrap() {
            StreamEvent::Change(message) => Some(*message),
            _ => None,
        }
    });
    (cursor, changes.collect())
}

#[tokio::test]
async fn stream_cut_after_any_byte_resumes_at_another_node_without_gap_or_duplicate() {
    let server = TestServer::start().await;
    let survivor = server.another().await;
    let (ada, cookie) = raw::sign_up(&server, "Ada").await;
    let start = wait_for_log(&server).await;
    let mut connection = raw::open_stream(&server, &cookie).await;
    let mut text = raw::read_until_live(&mut connection).await;
    let change = async {
        for n in 1..=3 {
            create_organization(&ada, &format!("Größe {n} ✓"), &format!("team-{n}")).await;
        }
        create_organization(&ada, "The Last", "the-last").await;
    };
    let (changes, ()) = tokio::join!(raw::read_until(&mut connection, "The Last"), change);
    text += &changes;
    let body = raw::without_chunk_sizes(text.split_once("\r\n\r\n").unwrap().1);
    let (_, whole) = parse(body.as_bytes()).await;
    assert_eq!(whole.len(), 4, "{text:?}");

    let mut cuts = BTreeMap::new();
    for length in 0..=body.len() {
        let (cursor, seen) = parse(&body.as_bytes()[..length]).await;
        cuts.insert(cursor, seen);
    }
    // One cursor before the first event, one at the start of the stream, and one for each change.
    assert_eq!(cuts.len(), 6);
    let there = survivor.person(&ada);
    for (cursor, seen) in cuts {
        let cursor = cursor.map_or(start, |cursor| cursor.parse().unwrap());
        let rest = read_catch_up(&mut there.stream(Some(cursor)).await).await;
        // Catch-up also sends the organization, which is part of the membership when live.
        let rest = summarize(&rest).into_iter().filter(|(kind, _)| *kind != Kind::Organization);
        let all: Vec<Summary> = summarize(&seen).into_iter().chain(rest).collect();
        assert_eq!(all, summarize(&whole), "cut at {cursor}");
    }
    survivor.stop().await;
}

/// Lets the tail of a node crash at `point` while Ada creates an organization. Returns which of the
/// messages had passed the bus, and all messages that Ada receives from another node.
async fn crash_tail(point: CrashPoint) -> (Vec<Summary>, Vec<Summary>) {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let start = wait_for_log(&server).await;
    let bus = ActivityBus::new();
    let mut events = bus.subscribe();
    let pool = server.database.pool.clone();
    let crashing = CrashingTask::spawn(
        point,
        1,
        tail::run(pool, bus, LocalFeed::default(), start, CancellationToken::new()),
    );
    create_organization(&ada, "North Wind", "north-wind").await;
    crashing.wait_for_crash().await;

    let mut published = Vec::new();
    while let Ok(BusEvent::Activities(activities)) = events.try_recv() {
        published.extend(activities.iter().map(|activity| activity.change.subject_id));
    }
    wait_for_log(&server).await;
    let messages = summarize(&read_catch_up(&mut ada.stream(Some(start)).await).await);
    let known =
        messages.iter().filter(|(_, subject)| published.contains(subject)).copied().collect();
    (known, messages)
}

#[tokio::test]
async fn crash_before_publishing_delivers_everything_from_another_node() {
    let (published, messages) = crash_tail(CrashPoint::ActivitiesRead).await;
    assert_eq!(published, []);
    assert_eq!(messages.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), CREATION);
}

#[tokio::test]
async fn crash_after_publishing_delivers_everything_again_from_another_node() {
    let (published, messages) = crash_tail(CrashPoint::ActivitiesPublished).await;
    assert_eq!(published, messages);
    assert_eq!(messages.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), CREATION);
}

/// The kinds of messages about a new organization.
const CREATION: [Kind; 2] = [Kind::Organization, Kind::Membership];
