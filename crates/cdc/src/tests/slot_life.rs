//! Who holds the slot, what it is told, and what happens when it is gone.

use contract::event::Health;

use super::link::Link;
use super::*;

/// How long the log may stand still when the worker dies.
const TAKEOVER: Duration = Duration::from_secs(5);

async fn confirmed(database: &TestDatabase) -> Lsn {
    let sql = format!(
        "select confirmed_flush_lsn::text from pg_replication_slots where slot_name = '{}'",
        database.slot()
    );
    lsn(&database.pool, &sql).await
}

#[tokio::test]
async fn the_slot_is_named_after_the_database() {
    let database = TestDatabase::create().await;
    assert_eq!(crate::slot::name(&database.endpoint.database), database.slot());
    let worker = Worker::holding(&database).await;
    assert!(is_resource(&database).await);
    worker.stop().await;
}

#[tokio::test]
async fn what_is_in_the_log_is_acknowledged() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    log_of(&database, 1).await;
    let recorded = lsn(&database.pool, "select recorded_lsn::text from cdc_state").await;
    eventually("the slot has moved", async || confirmed(&database).await >= recorded).await;
    worker.stop().await;
}

#[tokio::test]
async fn wal_of_tables_that_are_not_ours_is_acknowledged_too() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    execute(
        &database.pool,
        "create table noise as select n, md5(n::text) from generate_series(1, 1000) n",
    )
    .await;
    let written = lsn(&database.pool, "select pg_current_wal_insert_lsn()::text").await;
    eventually("the slot has moved", async || confirmed(&database).await >= written).await;
    assert_eq!(whole_log(&database).await, []);
    worker.stop().await;
}

#[tokio::test]
async fn one_works_and_the_other_takes_over_when_it_dies() {
    let database = TestDatabase::create().await;
    let first = Worker::holding(&database).await;
    let second = Worker::start(&database);
    second.becomes(Role::Standby).await;
    add_user(&database.pool, "Ada").await;
    log_of(&database, 1).await;
    assert_eq!(second.health.report().status, Health::Ok);

    let died = Instant::now();
    first.crash().await;
    add_user(&database.pool, "Bob").await;
    second.becomes(Role::Holder).await;
    assert!(died.elapsed() < TAKEOVER, "{:?}", died.elapsed());
    add_user(&database.pool, "Cleo").await;

    assert_eq!(names(&log_of(&database, 3).await), ["Ada", "Bob", "Cleo"]);
    assert_eq!(database.incidents().await, [""; 0]);
    second.stop().await;
}

#[tokio::test]
async fn a_holder_that_fell_silent_is_replaced_and_notices() {
    let database = TestDatabase::create().await;
    let link = Link::to(&database.endpoint);
    let first = Worker::at(link.endpoint(), &database);
    first.becomes(Role::Holder).await;
    let second = Worker::start(&database);
    second.becomes(Role::Standby).await;

    // As when the machine that it runs on is cut off: neither side is told.
    link.cut();
    let cut = Instant::now();
    add_user(&database.pool, "Ada").await;
    second.becomes(Role::Holder).await;
    assert!(cut.elapsed() < TAKEOVER, "{:?}", cut.elapsed());
    assert_eq!(names(&log_of(&database, 1).await), ["Ada"]);

    first.becomes(Role::Standby).await;
    assert_eq!(database.incidents().await, [""; 0]);
    first.stop().await;
    second.stop().await;
}

/// Postgres ends a connection that doesn't answer it for `wal_sender_timeout`.
#[tokio::test]
async fn postgres_is_answered_while_the_log_is_slow_to_be_written() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    let sender = "select active_pid from pg_replication_slots where slot_name = $1";
    let pid = async || -> Option<i32> {
        sqlx::query_scalar(sender).bind(database.slot()).fetch_one(&database.pool).await.unwrap()
    };
    let before = pid().await;
    let mut lock = begin(&database.pool).await.unwrap();
    sqlx::query("select from cdc_state for update").execute(&mut *lock).await.unwrap();
    add_user(&database.pool, "Ada").await;
    eventually("Postgres was answered for longer than it waits", async || {
        // Within the transaction that holds the lock: its `now()` is when it began.
        let sql = "select coalesce(
                       (select reply_time > now() + interval '4 seconds'
                          from pg_stat_get_wal_senders() where pid = $1), false)";
        sqlx::query_scalar(sql).bind(before).fetch_one(&mut *lock).await.unwrap()
    })
    .await;
    assert_eq!(whole_log(&database).await, []);
    lock.rollback().await.unwrap();
    log_of(&database, 1).await;
    assert_eq!(pid().await, before, "the connection was made again");
    worker.stop().await;
}

#[tokio::test]
async fn it_stops_at_once_and_lets_go_of_the_slot() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    let started = Instant::now();
    worker.stop().await;
    becomes_free(&database).await;
    assert!(started.elapsed() < Duration::from_millis(200), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_broken_connection_is_made_again_and_nothing_is_missing() {
    let database = TestDatabase::create().await;
    let worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    execute(
        &database.pool,
        &format!(
            "select pg_terminate_backend(active_pid)
               from pg_replication_slots where slot_name = '{}'",
            database.slot()
        ),
    )
    .await;
    add_user(&database.pool, "Bob").await;
    assert_eq!(names(&log_of(&database, 2).await), ["Ada", "Bob"]);
    worker.becomes(Role::Holder).await;
    worker.stop().await;
}

#[tokio::test]
async fn the_first_start_keeps_the_epoch() {
    let database = TestDatabase::create().await;
    let before = epoch(&database).await;
    let worker = Worker::holding(&database).await;
    assert_eq!(epoch(&database).await, before);
    assert_eq!(database.incidents().await, [""; 0]);
    worker.stop().await;
}

#[tokio::test]
async fn a_quiet_database_is_not_a_dead_one() {
    let database = TestDatabase::create().await;
    let mut worker = Worker::holding(&database).await;
    add_user(&database.pool, "Ada").await;
    log_of(&database, 1).await;
    let degraded = worker.health.differs_from(Health::Ok);
    let outcome = tokio::time::timeout(Duration::from_secs(7), degraded).await;
    assert!(outcome.is_err(), "degraded without a reason");
    assert_eq!(worker.health.report().lag_ms, 0);
    worker.stop().await;
}
