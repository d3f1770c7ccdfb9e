//! What the streams tell when the log lost changes or dropped old ones.

use std::time::Duration;

use activity::log;
use contract::event::ResetReason;
use contract::view::OrganizationView;
use contract::{Cursor, StreamEvent};
use serde_json::{Value, json};
use testing::{Person, StreamReader, TestDatabase, eventually};

use crate::testing::TestServer;

const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

async fn next(reader: &mut StreamReader) -> (Cursor, StreamEvent) {
    let (cursor, event) = reader.next_event().await;
    (cursor.unwrap(), event)
}

async fn live(person: &Person) -> StreamReader {
    let mut reader = person.stream(None).await;
    let (_, event) = next(&mut reader).await;
    assert!(matches!(event, StreamEvent::Offset(_)), "{event:?}");
    reader
}

/// Skips what comes before the reset, and the offset after it.
async fn is_reset(reader: &mut StreamReader) {
    loop {
        match next(reader).await.1 {
            StreamEvent::Reset(reset) => {
                assert_eq!(reset.reason, ResetReason::UnknownEpoch);
                break;
            }
            StreamEvent::Change(_) | StreamEvent::Ping(_) => {}
            other => panic!("{other:?} instead of a reset"),
        }
    }
    let (_, event) = next(reader).await;
    assert!(matches!(event, StreamEvent::Offset(_)), "{event:?}");
}

async fn name_that_comes_next(reader: &mut StreamReader) -> String {
    let (_, event) = next(reader).await;
    let StreamEvent::Change(message) = event else { panic!("{event:?} instead of a change") };
    serde_json::to_value(&message).unwrap()["entity"]["name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_lost_slot_resets_every_open_stream_and_they_go_on() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.person("Ada").await, server.person("Bob").await);
    let mut readers = [live(&ada).await, live(&ada).await, live(&bob).await];

    server.database.drop_slot().await;

    for reader in &mut readers {
        is_reset(reader).await;
    }
    for person in [&ada, &bob] {
        let _: Value = person.patch("/me", &json!({ "name": "New Name" })).await.ok();
    }
    for reader in &mut readers {
        assert_eq!(name_that_comes_next(reader).await, "New Name");
    }
    assert_eq!(server.database.incidents().await, ["new_epoch"]);
}

#[tokio::test]
async fn who_was_removed_while_the_log_missed_it_gets_nothing_of_what_follows() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.person("Ada").await, server.person("Bob").await);
    let body = json!({ "name": "North Wind", "slug": "north-wind" });
    let team: OrganizationView = ada.post("/organizations", &body).await.ok();
    server
        .database
        .execute(
            "insert into memberships (id, organization_id, user_id, role, display_order)
         select gen_random_uuid(), o.id, u.id, 'member', 0
           from organizations o, users u where u.name = 'Bob'",
        )
        .await;
    let mut reader = live(&bob).await;
    let path = format!("/organizations/{}", team.id);
    let _: Value = ada.patch(&path, &json!({ "name": "South Wind" })).await.ok();
    while name_of_organization(&mut reader).await.as_deref() != Some("South Wind") {}

    // As what is committed while there is no slot, the removal never reaches the log.
    server
        .database
        .execute(
            "alter publication tributary drop table memberships;
         delete from memberships where user_id in (select id from users where name = 'Bob');
         alter publication tributary add table memberships",
        )
        .await;
    server.database.drop_slot().await;
    is_reset(&mut reader).await;
    let _: Value = ada.patch(&path, &json!({ "name": "Secret" })).await.ok();
    let _: Value = bob.patch("/me", &json!({ "name": "Bob Last" })).await.ok();
    assert_eq!(name_that_comes_next(&mut reader).await, "Bob Last");
}

/// The name of the organization that the next event is about.
async fn name_of_organization(reader: &mut StreamReader) -> Option<String> {
    let (_, event) = next(reader).await;
    let StreamEvent::Change(message) = event else { return None };
    let message = serde_json::to_value(&message).unwrap();
    (message["kind"] == "organization")
        .then(|| message["entity"]["name"].as_str().map(str::to_owned))?
}

/// As if the partitions had been opened that much earlier.
async fn age(database: &TestDatabase, age: &str) {
    let sql = format!("update activity_partitions set opened_at = opened_at - interval '{age}'");
    database.execute(&sql).await;
}

/// A round, while the log is at rest.
async fn retain(database: &TestDatabase) -> log::Retained {
    loop {
        match log::retain(&database.pool, MONTH).await.unwrap() {
            log::Retained::Busy => tokio::task::yield_now().await,
            other => return other,
        }
    }
}

#[tokio::test]
async fn a_reader_who_stood_before_what_was_dropped_is_reset() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = ada.stream(None).await;
    let StreamEvent::Offset(start) = reader.next_event().await.1 else { panic!("no offset") };
    let old = start.cursor;
    server.person("Grace").await;
    let database = &server.database;
    eventually("both are in the log", async || {
        log::head(&database.pool).await.unwrap().position.0 >= 4
    })
    .await;
    age(database, "4 days").await;
    retain(database).await;
    age(database, "31 days").await;
    let log::Retained::After(horizon) = retain(database).await else { panic!("nothing dropped") };
    assert!(old.position < horizon);

    // Who stood at the last of what was dropped has missed nothing.
    let at_horizon = Cursor { position: horizon, ..old };
    let mut reader = ada.stream(Some(at_horizon)).await;
    assert!(matches!(reader.next_event().await.1, StreamEvent::Offset(_)));
    let mut reader = ada.stream(Some(old)).await;
    let StreamEvent::Reset(reset) = reader.next_event().await.1 else { panic!("no reset") };
    assert_eq!(reset.reason, ResetReason::TooOld);
    // And it goes on from the cursor that came with it.
    let mut reader = ada.stream(Some(reset.cursor)).await;
    assert!(matches!(reader.next_event().await.1, StreamEvent::Offset(_)));
}
