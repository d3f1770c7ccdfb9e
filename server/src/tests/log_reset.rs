//! The `reset` event after the log lost changes or dropped old activities.

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

async fn open_live(person: &Person) -> StreamReader {
    let mut reader = person.stream(None).await;
    let (_, event) = next(&mut reader).await;
    assert!(matches!(event, StreamEvent::Offset(_)), "{event:?}");
    reader
}

/// Reads up to the reset and the offset after it.
async fn expect_reset(reader: &mut StreamReader) {
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

async fn next_name(reader: &mut StreamReader) -> String {
    let (_, event) = next(reader).await;
    let StreamEvent::Change(message) = event else { panic!("{event:?} instead of a change") };
    serde_json::to_value(&message).unwrap()["entity"]["name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn lost_slot_resets_every_open_stream_and_they_continue() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.person("Ada").await, server.person("Bob").await);
    let mut readers = [open_live(&ada).await, open_live(&ada).await, open_live(&bob).await];

    server.database.drop_slot().await;

    for reader in &mut readers {
        expect_reset(reader).await;
    }
    for person in [&ada, &bob] {
        let _: Value = person.patch("/me", &json!({ "name": "New Name" })).await.ok();
    }
    for reader in &mut readers {
        assert_eq!(next_name(reader).await, "New Name");
    }
    assert_eq!(server.database.incidents().await, ["new_epoch"]);
}

#[tokio::test]
async fn truncation_resets_every_open_stream() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = open_live(&ada).await;
    server.database.execute("truncate notes").await;
    expect_reset(&mut reader).await;
    let _: Value = ada.patch("/me", &json!({ "name": "New Name" })).await.ok();
    assert_eq!(next_name(&mut reader).await, "New Name");
}

#[tokio::test]
async fn member_removed_while_the_slot_was_lost_receives_nothing_afterwards() {
    // Like a change that is committed while there is no slot, the removal never reaches the log.
    check_removal_by_sql(async |database| {
        database
            .execute(
                "alter publication tributary drop table memberships;
                 delete from memberships where user_id in (select id from users where name = 'Bob');
                 alter publication tributary add table memberships",
            )
            .await;
        database.drop_slot().await;
    })
    .await;
}

#[tokio::test]
async fn member_removed_after_the_replica_identity_was_changed_receives_nothing_afterwards() {
    // The deletion contains only the membership's id.
    check_removal_by_sql(async |database| {
        database
            .execute(
                "alter table memberships replica identity default;
                 delete from memberships where user_id in (select id from users where name = 'Bob')",
            )
            .await;
    })
    .await;
}

/// Checks that Bob, whom `remove` removes from an organization, is reset and receives nothing of it any
/// more.
async fn check_removal_by_sql(remove: impl AsyncFnOnce(&TestDatabase)) {
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
    let mut reader = open_live(&bob).await;
    let path = format!("/organizations/{}", team.id);
    let _: Value = ada.patch(&path, &json!({ "name": "South Wind" })).await.ok();
    while name_of_organization(&mut reader).await.as_deref() != Some("South Wind") {}

    remove(&server.database).await;
    expect_reset(&mut reader).await;
    let _: Value = ada.patch(&path, &json!({ "name": "Secret" })).await.ok();
    let _: Value = bob.patch("/me", &json!({ "name": "Bob Last" })).await.ok();
    assert_eq!(next_name(&mut reader).await, "Bob Last");
}

/// The name in the next event; none when it isn't about an organization.
async fn name_of_organization(reader: &mut StreamReader) -> Option<String> {
    let (_, event) = next(reader).await;
    let StreamEvent::Change(message) = event else { return None };
    let message = serde_json::to_value(&message).unwrap();
    (message["kind"] == "organization")
        .then(|| message["entity"]["name"].as_str().map(str::to_owned))?
}

/// Makes the partitions of the log older.
async fn age(database: &TestDatabase, age: &str) {
    let sql = format!("update activity_partitions set opened_at = opened_at - interval '{age}'");
    database.execute(&sql).await;
}

/// Drops old partitions; retries while the log is being written.
async fn drop_old_partitions(database: &TestDatabase) -> log::Retention {
    loop {
        match log::enforce_retention(&database.pool, MONTH).await.unwrap() {
            log::Retention::Busy => tokio::task::yield_now().await,
            other => return other,
        }
    }
}

#[tokio::test]
async fn cursor_before_the_horizon_is_answered_with_reset() {
    // Activities that were dropped from the log may still be in memory, and are sent from there.
    let settings = stream::Settings { hot_tail_bytes: 0, ..stream::Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let mut reader = ada.stream(None).await;
    let StreamEvent::Offset(start) = reader.next_event().await.1 else { panic!("no offset") };
    let old = start.cursor;
    // Something that Ada misses. Otherwise memory can tell that she has missed nothing.
    let wind = json!({"name": "North Wind", "slug": "north-wind"});
    let _: OrganizationView = ada.post("/organizations", wind).await.ok();
    server.person("Grace").await;
    let database = &server.database;
    eventually("both users are in the log", async || {
        log::head(&database.pool).await.unwrap().position.0 >= 4
    })
    .await;
    age(database, "4 days").await;
    drop_old_partitions(database).await;
    age(database, "31 days").await;
    let log::Retention::DroppedUpTo(horizon) = drop_old_partitions(database).await else {
        panic!("nothing dropped")
    };
    assert!(old.position < horizon);

    // A cursor at the last dropped activity has missed nothing.
    let at_horizon = Cursor { position: horizon, ..old };
    let mut reader = ada.stream(Some(at_horizon)).await;
    assert!(matches!(reader.next_event().await.1, StreamEvent::Offset(_)));
    let mut reader = ada.stream(Some(old)).await;
    let StreamEvent::Reset(reset) = reader.next_event().await.1 else { panic!("no reset") };
    assert_eq!(reset.reason, ResetReason::TooOld);
    // The stream continues from the cursor of the reset.
    let mut reader = ada.stream(Some(reset.cursor)).await;
    assert!(matches!(reader.next_event().await.1, StreamEvent::Offset(_)));
}
