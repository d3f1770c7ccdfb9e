//! Restarts of Postgres and invalidated slots, on a Postgres cluster of each test's own.

use std::mem::ManuallyDrop;

use contract::event::Health;

use super::*;
use db::clock::Clock;
use db::private_roles::{self, PrivateRoles};
use db::{migrations, roles};
use private_postgres::{Cluster, ClusterOptions};
use testing::{Sandbox, cluster_options, endpoint};

pub(crate) fn options(sandbox: &Sandbox) -> ClusterOptions {
    cluster_options(sandbox).with_settings([("max_slot_wal_keep_size", "1MB")])
}

/// A database that isn't dropped by the test, but removed with its cluster.
pub(crate) async fn create_database(cluster: &Cluster) -> ManuallyDrop<TestDatabase> {
    let endpoint = endpoint(cluster, "outage");
    endpoint.create_database().await.unwrap();
    let pool = db::pool(&endpoint, 5);
    let PrivateRoles { owner, runtime } = private_roles::set_up(&endpoint).await.unwrap();
    migrations::run(&owner.connect_options()).await.unwrap();
    roles::grant(&owner, &runtime.user).await.unwrap();
    let clock = Clock::of_database(&pool).await.unwrap();
    ManuallyDrop::new(TestDatabase { pool, endpoint, owner, runtime, clock })
}

#[tokio::test]
async fn worker_survives_a_restart_of_postgres() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&options(&sandbox)).await.unwrap();
    let database = create_database(&cluster).await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;

    cluster.stop().await.unwrap();
    worker.wait_for_role(Role::Disconnected).await;
    let cluster = Cluster::start(&options(&sandbox)).await.unwrap();
    add_user(&database.pool, "Bob").await;

    assert_eq!(names(&wait_for_log(&database, 2).await), ["Ada", "Bob"]);
    eventually("the worker is healthy", async || {
        let health = worker.health.report();
        health.status == Health::Ok && health.problem.is_none()
    })
    .await;
    worker.stop().await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn invalidated_slot_begins_a_new_epoch() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&options(&sandbox)).await.unwrap();
    let database = create_database(&cluster).await;
    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(&database, 1).await;
    let before = log::head(&database.pool).await.unwrap().epoch;
    worker.stop().await;
    wait_for_free_slot(&database).await;
    add_user(&database.pool, "Lost").await;
    invalidate_slot(&database).await;

    let worker = Worker::start_active(&database).await;
    add_user(&database.pool, "Bob").await;

    assert_eq!(names(&wait_for_log(&database, 2).await), ["Ada", "Bob"]);
    assert_ne!(log::head(&database.pool).await.unwrap().epoch, before);
    worker.stop().await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn slot_invalidated_under_a_blocked_worker_begins_a_new_epoch() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&options(&sandbox)).await.unwrap();
    let database = create_database(&cluster).await;
    let worker = Worker::start_active(&database).await;
    let before = epoch(&database).await;
    let mut lock = begin(&database.pool).await.unwrap();
    sqlx::query("select from cdc_state for update").execute(&mut *lock).await.unwrap();
    add_user(&database.pool, "Ada").await;
    invalidate_slot(&database).await;
    lock.rollback().await.unwrap();

    eventually("a new epoch has begun", async || epoch(&database).await != before).await;
    add_user(&database.pool, "Bob").await;
    eventually("Bob is in the log", async || {
        names(&whole_log(&database).await).last() == Some(&"Bob")
    })
    .await;
    assert_eq!(database.incidents().await, ["new_epoch"]);
    worker.stop().await;
    cluster.stop().await.unwrap();
}

/// Writes more WAL than Postgres retains for a slot, until it invalidates the slot.
pub(crate) async fn invalidate_slot(database: &TestDatabase) {
    eventually("Postgres invalidates the slot", async || {
        execute(&database.pool, "create table gap (); select pg_switch_wal(); drop table gap")
            .await;
        execute(&database.pool, "checkpoint").await;
        let status: String =
            sqlx::query_scalar("select wal_status from pg_replication_slots where slot_name = $1")
                .bind(database.slot())
                .fetch_one(&database.pool)
                .await
                .unwrap();
        status == "lost"
    })
    .await;
}
