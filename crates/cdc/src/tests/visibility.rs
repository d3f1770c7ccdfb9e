//! Transactions that Postgres sends before its queries see them.

use super::postgres_outage::create_database;
use super::*;
use private_postgres::Cluster;
use testing::{Sandbox, cluster_options};

#[tokio::test]
async fn activity_appears_only_after_queries_see_its_rows() {
    let sandbox = Sandbox::new();
    let options = cluster_options(&sandbox).with_settings([("synchronous_commit", "local")]);
    let cluster = Cluster::start(&options).await.unwrap();
    let database = create_database(&cluster).await;
    let worker = Worker::start_active(&database).await;
    // Commits that wait for the standby, which doesn't exist, are on disk and invisible.
    set_standby(&database, "nobody").await;

    let pool = database.pool.clone();
    let waiting = tokio::spawn(async move {
        let sql = format!("begin; set local synchronous_commit = on; {}; commit", user("Ada"));
        execute(&pool, &sql).await;
    });
    eventually("the commit waits for the standby", async || {
        let sql = "select exists (select from pg_stat_activity where wait_event = 'SyncRep')";
        sqlx::query_scalar(sql).fetch_one(&database.pool).await.unwrap()
    })
    .await;
    add_user(&database.pool, "Bob").await;
    eventually("the worker waits", async || worker.health.report().lag_ms >= 100).await;
    assert_eq!(whole_log(&database).await, []);

    set_standby(&database, "").await;
    assert_eq!(names(&wait_for_log(&database, 2).await), ["Ada", "Bob"]);
    waiting.await.unwrap();
    worker.stop().await;
    cluster.stop().await.unwrap();
}

/// Names the standby that commits wait for; none if it is empty.
async fn set_standby(database: &TestDatabase, name: &str) {
    let setting = format!("alter system set synchronous_standby_names = '{name}'");
    execute(&database.pool, &setting).await;
    execute(&database.pool, "select pg_reload_conf()").await;
    eventually("Postgres has read the setting", async || {
        let sql = "select current_setting('synchronous_standby_names') = $1";
        sqlx::query_scalar(sql).bind(name).fetch_one(&database.pool).await.unwrap()
    })
    .await;
}
