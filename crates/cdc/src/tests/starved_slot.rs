//! A Postgres that can't give the worker a slot or a connection now.

use super::postgres_outage::create_database;
use super::*;
use contract::event::Health;
use db::RoleUse;
use private_postgres::Cluster;
use std::mem::ManuallyDrop;
use testing::{Sandbox, cluster_options};

struct Server {
    cluster: Cluster,
    database: ManuallyDrop<TestDatabase>,
    _sandbox: Sandbox,
}

impl Server {
    async fn start<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let sandbox = Sandbox::new();
        let options = cluster_options(&sandbox).with_settings(settings);
        let cluster = Cluster::start(&options).await.unwrap();
        let database = create_database(&cluster).await;
        Self { cluster, database, _sandbox: sandbox }
    }
}

async fn wait_for_problem(worker: &Worker, part: &str) {
    eventually(&format!("the problem is {part:?}"), async || {
        worker.health.report().problem.is_some_and(|problem| problem.contains(part))
    })
    .await;
}

#[tokio::test]
async fn open_transaction_elsewhere_is_named_and_does_not_stop_the_start() {
    let database = TestDatabase::create().await;
    let mut idle = begin(&database.pool).await.unwrap();
    sqlx::query("select set_config('application_name', 'forgotten psql', false)")
        .execute(&mut *idle)
        .await
        .unwrap();
    sqlx::raw_sql(AssertSqlSafe(user("Ada"))).execute(&mut *idle).await.unwrap();
    let pid: i32 =
        sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *idle).await.unwrap();

    let started = Instant::now();
    crate::ensure_slot(&database.runtime, &database.pool).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    let mut worker = Worker::start(&database);
    worker.health.status_changed_from(Health::Ok).await;
    wait_for_problem(&worker, &format!("process {pid} (forgotten psql")).await;
    wait_for_problem(&worker, &format!("in database {:?}", database.endpoint.database)).await;

    idle.commit().await.unwrap();
    worker.wait_for_role(Role::Active).await;
    worker.health.status_changed_from(Health::Degraded).await;
    add_user(&database.pool, "Bob").await;
    eventually("Bob is in the log", async || {
        names(&whole_log(&database).await).last() == Some(&"Bob")
    })
    .await;
    worker.stop().await;
}

#[tokio::test]
async fn epoch_begins_once_although_all_slots_are_taken() {
    let server = Server::start([("max_replication_slots", "1")]).await;
    let database = &server.database;
    let worker = Worker::start_active(database).await;
    add_user(&database.pool, "Ada").await;
    wait_for_log(database, 1).await;
    let before = epoch(database).await;
    worker.stop().await;
    wait_for_free_slot(database).await;
    database.drop_slot().await;
    execute(&database.pool, "select pg_create_physical_replication_slot('taken')").await;

    let worker = Worker::start(database);
    wait_for_problem(&worker, "all replication slots of Postgres are in use").await;
    assert_eq!(epoch(database).await, before, "an epoch begins only when its slot exists");
    execute(&database.pool, "select pg_drop_replication_slot('taken')").await;
    worker.wait_for_role(Role::Active).await;
    assert_ne!(epoch(database).await, before);
    assert_eq!(database.incidents().await, ["new_epoch"]);
    worker.stop().await;
    server.cluster.stop().await.unwrap();
}

#[tokio::test]
async fn worker_without_a_replication_connection_is_degraded_and_says_why() {
    let server = Server::start([("max_wal_senders", "0")]).await;
    let database = &server.database;
    let refused = db::requirements::check(&database.endpoint, RoleUse::Everything)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("max_wal_senders is 0 and must be at least 1"), "{refused}");
    let mut worker = Worker::start(database);
    worker.health.status_changed_from(Health::Ok).await;
    wait_for_problem(&worker, "max_wal_senders").await;
    assert_eq!(worker.health.report().role, Role::Disconnected);
    worker.stop().await;
    server.cluster.stop().await.unwrap();
}
