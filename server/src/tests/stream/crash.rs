//! A node dies between log and client, exactly at one point; its reader goes on at another node.

use std::collections::BTreeMap;
use std::convert::Infallible;

use eventsource_stream::Eventsource;
use futures::StreamExt;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;
use activity::bus::BusEvent;
use activity::{ActivityBus, tail};
use db::crash_point::CrashPoint;
use db::crash_point::armed::Doomed;

type Told = (Kind, Uuid);

fn told(messages: &[StreamMessage]) -> Vec<Told> {
    messages.iter().map(|message| (message.entity.kind(), message.subject_id)).collect()
}

/// What a client has understood of the bytes that came before the connection was cut: the cursor to
/// resume from, and the changes.
async fn understood(bytes: &[u8]) -> (Option<String>, Vec<StreamMessage>) {
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
async fn a_stream_cut_after_any_of_its_bytes_goes_on_elsewhere_without_hole_or_repeat() {
    let server = TestServer::start().await;
    let survivor = server.another().await;
    let (ada, cookie) = raw::signed_up(&server, "Ada").await;
    let start = settled(&server).await;
    let mut connection = raw::open(&server, &cookie).await;
    let change = async {
        raw::are_open(&server, 1).await;
        for n in 1..=3 {
            found(&ada, &format!("Größe {n} ✓"), &format!("team-{n}")).await;
        }
        found(&ada, "The Last", "the-last").await;
    };
    let (text, ()) = tokio::join!(raw::read_until(&mut connection, "The Last"), change);
    let body = raw::unchunked(text.split_once("\r\n\r\n").unwrap().1);
    let (_, whole) = understood(body.as_bytes()).await;
    assert_eq!(whole.len(), 4, "{text:?}");

    let mut cuts = BTreeMap::new();
    for length in 0..=body.len() {
        let (cursor, seen) = understood(&body.as_bytes()[..length]).await;
        cuts.insert(cursor, seen);
    }
    // Before the first event, at the beginning of the stream, and after each change.
    assert_eq!(cuts.len(), 6);
    let there = survivor.person(&ada);
    for (cursor, seen) in cuts {
        let cursor = cursor.map_or(start, |cursor| cursor.parse().unwrap());
        let rest = caught_up(&mut there.stream(Some(cursor)).await).await;
        // Catch-up also tells of the organization itself, which live is within the membership.
        let rest = told(&rest).into_iter().filter(|(kind, _)| *kind != Kind::Organization);
        let all: Vec<Told> = told(&seen).into_iter().chain(rest).collect();
        assert_eq!(all, told(&whole), "cut at {cursor}");
    }
    survivor.stop().await;
}

/// The tail of a node that dies at the point when Ada founds an organization: what it has told, and
/// what Ada is told elsewhere.
async fn tail_dies(point: CrashPoint) -> (Vec<Told>, Vec<Told>) {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let start = settled(&server).await;
    let bus = ActivityBus::new();
    let mut events = bus.follow();
    let pool = server.database.pool.clone();
    let dying = Doomed::run(point, 1, tail::run(pool, bus, start, CancellationToken::new()));
    found(&ada, "North Wind", "north-wind").await;
    dying.dies().await;

    let mut handed_on = Vec::new();
    while let Ok(BusEvent::Activities(activities)) = events.try_recv() {
        handed_on.extend(activities.iter().map(|activity| activity.change.subject_id));
    }
    settled(&server).await;
    let told = told(&caught_up(&mut ada.stream(Some(start)).await).await);
    let of_it = told.iter().filter(|(_, subject)| handed_on.contains(subject)).copied().collect();
    (of_it, told)
}

#[tokio::test]
async fn a_node_that_dies_before_it_hands_on_what_it_read_has_told_nothing_and_another_tells_all() {
    let (handed_on, told) = tail_dies(CrashPoint::LogRead).await;
    assert_eq!(handed_on, []);
    assert_eq!(told.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), FOUNDED);
}

#[tokio::test]
async fn a_node_that_dies_after_it_handed_on_what_it_read_is_followed_by_one_that_tells_all_again()
{
    let (handed_on, told) = tail_dies(CrashPoint::HandedOn).await;
    assert_eq!(handed_on, told);
    assert_eq!(told.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), FOUNDED);
}

/// What a founder is told of.
const FOUNDED: [Kind; 2] = [Kind::Organization, Kind::Membership];
