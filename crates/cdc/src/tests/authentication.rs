//! Passwords of the kinds that Postgres has, for queries and for replication.

use std::fs;

use db::{Database, Endpoint, RoleUse};
use private_postgres::Cluster;
use testing::{Sandbox, cluster_options, endpoint, eventually};
use tokio_util::sync::CancellationToken;

use super::RETENTION;
use crate::{Role, ensure_slot, health_channel, run};
use activity::LocalFeed;
use db::clock::Clock;

/// Puts `method` before the other rules of authentication, for all roles but the superuser.
async fn require(sandbox: &Sandbox, superuser: &Database, method: &str) {
    let file = sandbox.data_dir().join("postgres/pg_hba.conf");
    let rules = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("local all guest {method}\n{rules}")).unwrap();
    sqlx::query("select pg_reload_conf()").execute(&superuser.pool).await.unwrap();
}

#[tokio::test]
async fn passwords_of_every_kind_work_for_queries_and_replication() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&cluster_options(&sandbox)).await.unwrap();
    let main = endpoint(&cluster, "main");
    main.create_database().await.unwrap();
    let superuser = Database::open(main.clone()).await.unwrap();
    for (method, encryption, password) in [
        ("md5", "md5", "s3cret"),
        ("scram-sha-256", "scram-sha-256", "pässwörd"),
        ("password", "scram-sha-256", "in the clear"),
    ] {
        require(&sandbox, &superuser, method).await;
        let role = format!(
            "drop role if exists guest; set password_encryption = '{encryption}';
             create role guest superuser login password '{password}'"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(role)).execute(&superuser.pool).await.unwrap();
        let wrong = Endpoint {
            user: "guest".to_owned(),
            password: Some("wrong".to_owned()),
            ..main.clone()
        };
        eventually("the rules are loaded", async || {
            db::requirements::check(&wrong, RoleUse::Everything).await.is_err()
        })
        .await;

        let guest = Endpoint { password: Some(password.to_owned()), ..wrong };
        let database = Database::open(guest.clone()).await.unwrap();
        ensure_slot(&guest, &database.pool).await.unwrap();
        let clock = Clock::of_database(&database.pool).await.unwrap();
        let (sender, health) = health_channel(clock);
        let stop = CancellationToken::new();
        let pool = database.background_pool.clone();
        let feed = LocalFeed::default();
        let worker = tokio::spawn(run(guest, pool, sender, feed, RETENTION, stop.clone()));
        eventually(&format!("the worker is active with {method}"), async || {
            health.report().role == Role::Active
        })
        .await;
        stop.cancel();
        worker.await.unwrap();
        database.close().await;
    }
    superuser.close().await;
    cluster.stop().await.unwrap();
}
