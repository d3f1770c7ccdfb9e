//! Which worker has the slot, takeovers, and acknowledgements.

use contract::event::Health;

use super::cuttable_proxy::CuttableProxy;
use super::*;

/// How long a takeover may take.
const TAKEOVER_TIMEOUT: Duration = Duration::from_secs(5);

async fn confirmed_lsn(database: &TestDatabase) -> Lsn {
    let sql = format!(
        "select confirmed_flush_lsn::text from pg_replication_slots where slot_name = '{}'",
        database.slot()
    );
    lsn(&database.pool, &sql).await
}

#[tokio::test]
async fn slot_is_named_after_the_database() {
    let database = TestDatabase::create().await;
    assert_eq!(crate::replication_slot::slot_name(&database.endpoint.database), database.slot());
    let worker = Worker::start_active(&database).await;
    assert!(slot_is_active(&database).await);
    worker.stop().await;
}

#[tokio::test]
async fn logged_transactions_are_acknowledged() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    let recorded = lsn(&database.pool, "select recorded_lsn::text from cdc_state").await;
    eventually("the slot has advanced", async || confirmed_lsn(&database).await >= recorded).await;
    worker.stop().await;
}

#[tokio::test]
async fn wal_of_unpublished_tables_is_acknowledged() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    execute(
        &database.pool,
        "create table noise as select n, md5(n::text) from generate_series(1, 1000) n",
    )
    .await;
    let written = lsn(&database.pool, "select pg_current_wal_insert_lsn()::text").await;
    eventually("the slot has advanced", async || confirmed_lsn(&database).await >= written).await;
    assert_eq!(whole_log(&database).await, []);
    worker.stop().await;
}

#[tokio::test]
async fn standby_takes_over_when_the_active_worker_crashes() {
    let database = TestDatabase::create().await;
    let first = Worker::start_active(&database).await;
    let second = Worker::start(&database);
    second.wait_for_role(Role::Standby).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    assert_eq!(second.health.report().status, Health::Ok);

    let crashed = Instant::now();
    first.crash().await;
    add_user(&database.pool, "Bob").await;
    second.wait_for_role(Role::Active).await;
    assert!(crashed.elapsed() < TAKEOVER_TIMEOUT, "{:?}", crashed.elapsed());
    add_user(&database.pool, "Cleo").await;

    assert_eq!(names(&wait_for_log(&database, 3).await), ["Ada", "Bob", "Cleo"]);
    assert_eq!(database.incidents().await, [""; 0]);
    second.stop().await;
}

#[tokio::test]
async fn active_worker_is_replaced_when_its_connection_drops_silently() {
    let database = TestDatabase::create().await;
    let proxy = CuttableProxy::start(&database.runtime);
    let first = Worker::start_with_endpoint(proxy.endpoint(), &database);
    first.wait_for_role(Role::Active).await;
    let second = Worker::start(&database);
    second.wait_for_role(Role::Standby).await;

    // As when the worker's machine is disconnected: neither side is notified.
    proxy.cut();
    let cut = Instant::now();
    add_user(&database.pool, "Ada").await;
    second.wait_for_role(Role::Active).await;
    assert!(cut.elapsed() < TAKEOVER_TIMEOUT, "{:?}", cut.elapsed());
    assert_eq!(names(&wait_for_log(&database, 1).await), ["Ada"]);

    first.wait_for_role(Role::Standby).await;
    assert_eq!(database.incidents().await, [""; 0]);
    first.stop().await;
    second.stop().await;
}

/// Postgres closes a connection that doesn't answer within `wal_sender_timeout`.
#[tokio::test]
async fn keep_alives_are_answered_while_the_log_is_blocked() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    let sender = "select active_pid from pg_replication_slots where slot_name = $1";
    let pid = async || -> Option<i32> {
        sqlx::query_scalar(sender).bind(database.slot()).fetch_one(&database.pool).await.unwrap()
    };
    let before = pid().await;
    let mut lock = begin(&database.pool).await.unwrap();
    sqlx::query("select from cdc_state for update").execute(&mut *lock).await.unwrap();
    add_user(&database.pool, "Ada").await;
    eventually("Postgres was answered for longer than its timeout", async || {
        // Within the transaction that holds the lock, whose `now()` is its start.
        let sql = "select coalesce(
                       (select reply_time > now() + interval '4 seconds'
                          from pg_stat_get_wal_senders() where pid = $1), false)";
        sqlx::query_scalar(sql).bind(before).fetch_one(&mut *lock).await.unwrap()
    })
    .await;
    assert_eq!(whole_log(&database).await, []);
    lock.rollback().await.unwrap();
    wait_for_log(&database, 1).await;
    assert_eq!(pid().await, before, "the connection was opened again");
    worker.stop().await;
}

#[tokio::test]
async fn worker_stops_at_once_and_releases_the_slot() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
    let started = Instant::now();
    worker.stop().await;
    wait_for_free_slot(&database).await;
    assert!(started.elapsed() < Duration::from_millis(200), "{:?}", started.elapsed());
}

#[tokio::test]
async fn worker_reconnects_without_a_gap() {
    let database = TestDatabase::create().await;
    let worker = Worker::start_active(&database).await;
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
    assert_eq!(names(&wait_for_log(&database, 2).await), ["Ada", "Bob"]);
    worker.wait_for_role(Role::Active).await;
    worker.stop().await;
}

#[tokio::test]
async fn first_start_keeps_the_epoch() {
    let database = TestDatabase::create().await;
    let before = epoch(&database).await;
    let worker = Worker::start_active(&database).await;
    assert_eq!(epoch(&database).await, before);
    assert_eq!(database.incidents().await, [""; 0]);
    worker.stop().await;
}

#[tokio::test]
async fn quiet_database_is_not_degraded() {
    let database = TestDatabase::create().await;
    let mut worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    let degraded = worker.health.status_changed_from(Health::Ok);
    let outcome = tokio::time::timeout(Duration::from_secs(7), degraded).await;
    assert!(outcome.is_err(), "degraded without a reason");
    assert_eq!(worker.health.report().lag_ms, 0);
    worker.stop().await;
}
