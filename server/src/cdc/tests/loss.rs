//! The ways in which the log's connection with the WAL is lost: each begins a new epoch, tells every
//! open stream, is recorded, and needs nobody's hand.

use app::contract::event::ResetReason;
use app::contract::view::OrganizationView;
use app::contract::{Cursor, StreamEvent};
use serde_json::{Value, json};

use super::*;
use crate::testing::{Person, StreamReader, TestServer};

#[tokio::test]
async fn a_slot_that_is_gone_begins_a_new_epoch() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    log_of(&database, 1).await;
    let before = epoch(&database).await;
    worker.stop().await;
    drop_slot(&database).await;
    add_user(&database.pool, "Lost").await;

    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Bob").await;

    assert_eq!(names(&log_of(&database, 2).await), ["Ada", "Bob"]);
    assert_ne!(epoch(&database).await, before);
    assert_eq!(incidents(&database).await, ["new_epoch"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_slot_lost_while_the_log_is_empty_begins_a_new_epoch() {
    let database = TestDatabase::create().await;
    let before = epoch(&database).await;
    Worker::holding(&database).await.stop().await;
    add_user(&database.pool, "Lost").await;
    drop_slot(&database).await;

    let worker = Worker::holding(&database).await;
    assert_ne!(epoch(&database).await, before, "a page may show what was before Lost");
    assert_eq!(incidents(&database).await, ["new_epoch"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_slot_dropped_under_a_running_worker_is_replaced() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    let before = epoch(&database).await;
    drop_slot(&database).await;
    eventually("the epoch is another one", async || epoch(&database).await != before).await;
    add_user(&database.pool, "Ada").await;
    assert_eq!(names(&log_of(&database, 1).await), ["Ada"]);
    assert_eq!(incidents(&database).await, ["new_epoch"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_restored_database_begins_a_new_epoch_and_hides_nothing_that_follows() {
    for restored in [
        // To an earlier place in the same WAL, as by a dump from another server.
        "update cdc_state set recorded_lsn = 'FFFFFFFF/0'",
        // To a moment, or by a replica that took over.
        "update cdc_state set wal_timeline = 'another'",
    ] {
        let database = TestDatabase::create().await;
        let worker = Worker::holding(&database).await;
        add_user(&database.pool, "Ada").await;
        log_of(&database, 1).await;
        let before = epoch(&database).await;
        worker.stop().await;
        becomes_free(&database).await;
        execute(&database.pool, restored).await;

        let worker = Worker::holding(&database).await;
        add_user(&database.pool, "Bob").await;
        assert_eq!(names(&log_of(&database, 2).await), ["Ada", "Bob"], "{restored}");
        assert_ne!(epoch(&database).await, before, "{restored}");
        assert_eq!(incidents(&database).await, ["new_epoch"], "{restored}");
        worker.stop().await;
    }
}

#[tokio::test]
async fn nodes_that_miss_the_slot_together_begin_one_epoch() {
    let database = TestDatabase::create().await;
    Worker::holding(&database).await.stop().await;
    drop_slot(&database).await;
    let (endpoint, pool) = (&database.endpoint, &database.pool);
    let claim = || crate::cdc::claim_place(endpoint, pool);
    let (one, two, three) = tokio::join!(claim(), claim(), claim());
    one.and(two).and(three).unwrap();
    assert_eq!(incidents(&database).await, ["new_epoch"]);
}

#[tokio::test]
async fn a_worker_of_the_former_log_writes_nothing() {
    let database = TestDatabase::create().await;
    let former = epoch(&database).await;
    let start = Lsn(u64::MAX);
    let present = log::begin_new_epoch(&database.pool, start, "for a test").await.unwrap();
    let refused = log::Writer::begin(&database.pool, former).await.unwrap_err();
    assert!(matches!(refused, log::LogError::Rebuilt), "{refused}");
    log::Writer::begin(&database.pool, present).await.unwrap();
}

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

    drop_slot(&server.database).await;

    for reader in &mut readers {
        is_reset(reader).await;
    }
    for person in [&ada, &bob] {
        let _: Value = person.patch("/me", &json!({ "name": "New Name" })).await.ok();
    }
    for reader in &mut readers {
        assert_eq!(name_that_comes_next(reader).await, "New Name");
    }
    assert_eq!(incidents(&server.database).await, ["new_epoch"]);
}

#[tokio::test]
async fn who_was_removed_while_the_log_missed_it_gets_nothing_of_what_follows() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.person("Ada").await, server.person("Bob").await);
    let body = json!({ "name": "North Wind", "slug": "north-wind" });
    let team: OrganizationView = ada.post("/organizations", &body).await.ok();
    let pool = &server.database.pool;
    execute(
        pool,
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
    execute(
        pool,
        "alter publication tributary drop table memberships;
         delete from memberships where user_id in (select id from users where name = 'Bob');
         alter publication tributary add table memberships",
    )
    .await;
    drop_slot(&server.database).await;
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
