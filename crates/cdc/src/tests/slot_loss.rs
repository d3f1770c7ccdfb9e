//! Loss of the slot, or of the WAL that the log was read from. Each begins a new epoch and is recorded
//! as an incident, without an operator.

use super::*;

#[tokio::test]
async fn missing_slot_begins_a_new_epoch() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    let before = epoch(&database).await;
    worker.stop().await;
    database.drop_slot().await;
    add_user(&database.pool, "Lost").await;

    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Bob").await;

    assert_eq!(names(&wait_for_log(&database, 2).await), ["Ada", "Bob"]);
    assert_ne!(epoch(&database).await, before);
    assert_eq!(database.incidents().await, ["new_epoch"]);
    worker.stop().await;
}

#[tokio::test]
async fn slot_lost_while_the_log_is_empty_begins_a_new_epoch() {
    let database = TestDatabase::create().await;
    let before = epoch(&database).await;
    Worker::start_active(&database).await.stop().await;
    add_user(&database.pool, "Lost").await;
    database.drop_slot().await;

    let worker = Worker::start_active(&database).await;
    assert_ne!(epoch(&database).await, before, "a page may show the state before Lost");
    assert_eq!(database.incidents().await, ["new_epoch"]);
    worker.stop().await;
}

#[tokio::test]
async fn slot_dropped_under_an_active_worker_is_replaced() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    let before = epoch(&database).await;
    database.drop_slot().await;
    eventually("a new epoch has begun", async || epoch(&database).await != before).await;
    add_user(&database.pool, "Ada").await;
    assert_eq!(names(&wait_for_log(&database, 1).await), ["Ada"]);
    assert_eq!(database.incidents().await, ["new_epoch"]);
    worker.stop().await;
}

#[tokio::test]
async fn restored_database_begins_a_new_epoch_and_skips_nothing() {
    for restored in [
        // An earlier position in the WAL, as after restoring a dump on another server.
        "update cdc_state set recorded_lsn = 'FFFFFFFF/0'",
        // Another timeline, as after point-in-time recovery or the promotion of a replica.
        "update cdc_state set wal_timeline = 'another'",
    ] {
        let database = TestDatabase::create().await;
        let worker = Worker::start_active(&database).await;
        add_user(&database.pool, "Ada").await;
        wait_for_log(&database, 1).await;
        let before = epoch(&database).await;
        worker.stop().await;
        wait_for_free_slot(&database).await;
        execute(&database.pool, restored).await;

        let worker = Worker::start_active(&database).await;
        add_user(&database.pool, "Bob").await;
        assert_eq!(names(&wait_for_log(&database, 2).await), ["Ada", "Bob"], "{restored}");
        assert_ne!(epoch(&database).await, before, "{restored}");
        assert_eq!(database.incidents().await, ["new_epoch"], "{restored}");
        worker.stop().await;
    }
}

#[tokio::test]
async fn nodes_that_create_the_slot_concurrently_begin_one_epoch() {
    let database = TestDatabase::create().await;
    Worker::start_active(&database).await.stop().await;
    database.drop_slot().await;
    let (endpoint, pool) = (&database.runtime, &db::pool(&database.runtime, 4));
    let ensure = || crate::ensure_slot(endpoint, pool);
    let (one, two, three) = tokio::join!(ensure(), ensure(), ensure());
    one.and(two).and(three).unwrap();
    assert_eq!(database.incidents().await, ["new_epoch"]);
}

#[tokio::test]
async fn writer_of_a_former_epoch_is_refused() {
    let database = TestDatabase::create().await;
    let former = epoch(&database).await;
    let start = Lsn(u64::MAX);
    let current = log::begin_new_epoch(&database.pool, start, "for a test").await.unwrap();
    let refused = log::LogWriter::begin(&database.pool, former).await.unwrap_err();
    assert!(matches!(refused, log::LogError::EpochChanged), "{refused}");
    log::LogWriter::begin(&database.pool, current).await.unwrap();
}
