//! A Postgres process that sends nothing for a while, although it works.

use std::process::Command;

use super::*;
use contract::event::Health;

/// The process that reads the WAL for the slot.
async fn sender(database: &TestDatabase) -> i32 {
    let sql = "select active_pid from pg_replication_slots where slot_name = $1";
    let pid: Option<i32> =
        sqlx::query_scalar(sql).bind(database.slot()).fetch_one(&database.pool).await.unwrap();
    pid.unwrap()
}

fn signal(name: &str, pid: i32) {
    let status = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status();
    assert!(status.unwrap().success());
}

/// As while it decodes a large transaction of tables that aren't published.
#[tokio::test]
async fn worker_stays_connected_to_a_silent_sender_and_says_that_it_is_behind() {
    let database = TestDatabase::create().await;
    let mut worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    let pid = sender(&database).await;
    signal("STOP", pid);
    add_user(&database.pool, "Bob").await;
    worker.health.status_changed_from(Health::Ok).await;
    // Longer than the silence after which the worker asks.
    eventually("the silence is long", async || worker.health.report().lag_ms > 12_000).await;
    assert_eq!(worker.health.report().role, Role::Active);
    assert_eq!(sender(&database).await, pid, "the worker has connected again");
    signal("CONT", pid);
    assert_eq!(names(&wait_for_log(&database, 2).await), ["Ada", "Bob"]);
    worker.health.status_changed_from(Health::Degraded).await;
    assert_eq!(sender(&database).await, pid, "the worker has connected again");
    assert_eq!(database.incidents().await, [""; 0]);
    worker.stop().await;
}

/// An operator who reads from the slot by hand, or a node that hangs.
#[tokio::test]
async fn slot_that_something_else_holds_without_progress_is_degraded() {
    let database = TestDatabase::create().await;
    let other = Worker::start_active(&database).await;
    let pid = sender(&database).await;
    let mut worker = Worker::start(&database);
    worker.wait_for_role(Role::Standby).await;
    signal("STOP", pid);
    add_user(&database.pool, "Ada").await;
    worker.health.status_changed_from(Health::Ok).await;
    signal("CONT", pid);
    worker.health.status_changed_from(Health::Degraded).await;
    assert_eq!(worker.health.report().role, Role::Standby);
    worker.stop().await;
    other.stop().await;
}
