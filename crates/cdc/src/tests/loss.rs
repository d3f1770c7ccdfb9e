//! The ways in which the log's connection with the WAL is lost: each begins a new epoch, is
//! recorded, and needs no operator.

use super::*;

#[tokio::test]
async fn a_slot_that_is_gone_begins_a_new_epoch() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    log_of(&database, 1).await;
    let before = epoch(&database).await;
    worker.stop().await;
    database.drop_slot().await;
    add_user(&database.pool, "Lost").await;

    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Bob").await;

    assert_eq!(names(&log_of(&database, 2).await), ["Ada", "Bob"]);
    assert_ne!(epoch(&database).await, before);
    assert_eq!(database.incidents().await, ["new_epoch"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_slot_lost_while_the_log_is_empty_begins_a_new_epoch() {
    let database = TestDatabase::create().await;
    let before = epoch(&database).await;
    Worker::holding(&database).await.stop().await;
    add_user(&database.pool, "Lost").await;
    database.drop_slot().await;

    let worker = Worker::holding(&database).await;
    assert_ne!(epoch(&database).await, before, "a page may show what was before Lost");
    assert_eq!(database.incidents().await, ["new_epoch"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_slot_dropped_under_a_running_worker_is_replaced() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    let before = epoch(&database).await;
    database.drop_slot().await;
    eventually("the epoch is another one", async || epoch(&database).await != before).await;
    add_user(&database.pool, "Ada").await;
    assert_eq!(names(&log_of(&database, 1).await), ["Ada"]);
    assert_eq!(database.incidents().await, ["new_epoch"]);
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
        assert_eq!(database.incidents().await, ["new_epoch"], "{restored}");
        worker.stop().await;
    }
}

#[tokio::test]
async fn nodes_that_miss_the_slot_together_begin_one_epoch() {
    let database = TestDatabase::create().await;
    Worker::holding(&database).await.stop().await;
    database.drop_slot().await;
    let (endpoint, pool) = (&database.endpoint, &database.pool);
    let claim = || crate::ensure_slot(endpoint, pool);
    let (one, two, three) = tokio::join!(claim(), claim(), claim());
    one.and(two).and(three).unwrap();
    assert_eq!(database.incidents().await, ["new_epoch"]);
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
