//! What probes, metrics and streams say while the database is read-only, locked or full, and that all
//! of it ends without a restart.

use std::time::Duration;

use contract::StreamEvent;
use contract::event::Health;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::testing::TestServer;
use testing::{Person, TestDatabase, eventually};

async fn readyz(visitor: &Person) -> Value {
    serde_json::from_str(&visitor.get("/readyz").await.body).unwrap()
}

async fn wait_for_status(visitor: &Person, status: &str) -> Value {
    eventually(&format!("the status is {status}"), async || {
        readyz(visitor).await["status"] == status
    })
    .await;
    readyz(visitor).await
}

/// Changes a setting of the database for new sessions, and ends the present ones if `now`.
async fn alter_database(database: &TestDatabase, setting: &str, now: bool) {
    let name = &database.endpoint.database;
    let mut sql = format!("alter database {name} {setting}");
    if now {
        sql += &format!(
            "; select pg_terminate_backend(pid) from pg_stat_activity
                where datname = '{name}' and pid <> pg_backend_pid()"
        );
    }
    let admin = db::Endpoint { database: "postgres".to_owned(), ..database.endpoint.clone() };
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db::pool(&admin, 1)).await.unwrap();
}

#[tokio::test]
async fn read_only_database_shows_in_probe_metrics_and_streams_until_it_ends() {
    let streams = stream::Settings {
        ping_interval: Duration::from_millis(200),
        ..stream::Settings::default()
    };
    let server = TestServer::with_streams(streams).await;
    let ada = server.person("Ada").await;
    wait_for_status(&ada, "ok").await;
    let mut stream = ada.stream(None).await;
    // A stream that is still catching up when its connection to Postgres is terminated, ends.
    assert!(matches!(stream.next_event().await.1, StreamEvent::Offset(_)));

    alter_database(&server.database, "set default_transaction_read_only = on", true).await;
    let report = wait_for_status(&ada, "read_only").await;
    assert_eq!(report["reasons"][0], "database_read_only", "{report}");
    assert_eq!(report["ready"], true, "{report}");
    let metrics = ada.get("/metrics").await.body;
    assert!(metrics.contains("tributary_database_read_only 1"), "{metrics}");
    assert_eq!(ada.get("/healthz").await.status, StatusCode::OK);
    assert!(ada.get("/me").await.status.is_success());
    while ping_health(&mut stream).await != Health::Degraded {}

    alter_database(&server.database, "reset default_transaction_read_only", false).await;
    wait_for_status(&ada, "ok").await;
    while ping_health(&mut stream).await != Health::Ok {}
    let body = json!({"name": "North Wind", "slug": "north-wind"});
    eventually("writes work again", async || {
        ada.post("/organizations", &body).await.status.is_success()
    })
    .await;
}

async fn ping_health(stream: &mut testing::StreamReader) -> Health {
    loop {
        match stream.next_event().await.1 {
            StreamEvent::Ping(ping) => return ping.health,
            StreamEvent::End(end) => panic!("the stream has ended: {end:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn lock_that_is_not_granted_shows_in_the_probe_for_a_while() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    wait_for_status(&ada, "ok").await;
    let mut lock = db::transaction::begin(&server.database.new_pool(1)).await.unwrap();
    sqlx::query("select from users for update").execute(&mut *lock).await.unwrap();
    let reply = ada.patch("/me", json!({"name": "Ada L"})).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers["retry-after"], "1");
    let report = readyz(&ada).await;
    assert_eq!(report["status"], "degraded", "{report}");
    assert_eq!(report["reasons"], json!(["database_locked"]), "{report}");
    lock.rollback().await.unwrap();
    wait_for_status(&ada, "ok").await;
}
