//! What requests answer while the database is locked, read-only, full or differently configured.

use std::time::{Duration, Instant};

use contract::view::{List, OrganizationView};
use contract::{ErrorCode, note::NoteView};
use futures::future::join_all;
use reqwest::header::RETRY_AFTER;
use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::{AssertSqlSafe, Postgres, Transaction};

use crate::fixtures;
use crate::test_server::TestServer;
use db::transaction::begin;
use testing::{PASSWORD, Person, Reply, TestDatabase, eventually};

/// The longest time that any request may take: waiting for its turn, and then for a lock.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

async fn create_note(person: &Person, organization: &OrganizationView) -> Reply {
    let path = format!("/organizations/{}/notes", organization.id);
    person.post(&path, json!({"title": "Plan"})).await
}

/// Locks the organization's row, as a change that doesn't end would.
async fn lock_row(
    database: &TestDatabase,
    organization: &OrganizationView,
) -> Transaction<'static, Postgres> {
    let mut lock = begin(&database.new_pool(1)).await.unwrap();
    sqlx::query("select from organizations where id = $1 for update")
        .bind(organization.id)
        .execute(&mut *lock)
        .await
        .unwrap();
    lock
}

#[track_caller]
fn assert_unavailable(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{reply:?}");
    assert_eq!(reply.error().code, ErrorCode::Unavailable);
    let wait: u64 = reply.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{reply:?}");
}

/// Sets the parameter for new sessions of the database, and ends the present ones.
async fn set_for_new_sessions(database: &TestDatabase, setting: &str) {
    let name = &database.endpoint.database;
    let sql = format!(
        "alter database {name} {setting};
         select pg_terminate_backend(pid) from pg_stat_activity
          where datname = '{name}' and pid <> pg_backend_pid()"
    );
    let admin = db::Endpoint { database: "postgres".to_owned(), ..database.endpoint.clone() };
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db::pool(&admin, 1)).await.unwrap();
    // The pool looks at a connection that was in use a moment ago only after this time.
    tokio::time::sleep(db::CHECK_INTERVAL).await;
}

#[tokio::test]
async fn locked_row_makes_its_changes_unavailable_and_leaves_other_organizations_alone() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    let light = fixtures::create_organization(&grace, "south-light").await;
    let lock = lock_row(&server.database, &wind).await;

    let begun = Instant::now();
    let blocked = join_all((0..30).map(|_| create_note(&ada, &wind)));
    let others = async {
        for _ in 0..10 {
            let asked = Instant::now();
            create_note(&grace, &light).await.ok::<NoteView>();
            assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let (blocked, ()) = tokio::join!(blocked, others);
    assert!(begun.elapsed() < LONGEST_REQUEST, "{:?}", begun.elapsed());
    blocked.iter().for_each(assert_unavailable);

    lock.rollback().await.unwrap();
    create_note(&ada, &wind).await.ok::<NoteView>();
}

#[tokio::test]
async fn locked_table_makes_its_requests_unavailable() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    let mut lock = begin(&server.database.new_pool(1)).await.unwrap();
    sqlx::query("lock table notes in access exclusive mode").execute(&mut *lock).await.unwrap();

    let begun = Instant::now();
    let path = format!("/organizations/{}/notes", wind.id);
    let (read, write) = tokio::join!(ada.get(&path), create_note(&ada, &wind));
    assert!(begun.elapsed() < LONGEST_REQUEST, "{:?}", begun.elapsed());
    assert_unavailable(&read);
    assert_unavailable(&write);
    assert!(ada.get("/me").await.status.is_success());
    lock.rollback().await.unwrap();
    ada.get(&path).await.ok::<List<NoteView>>();
}

#[tokio::test]
async fn request_whose_client_is_gone_gives_its_connection_back() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    let lock = lock_row(&server.database, &wind).await;
    let path = format!("/organizations/{}/notes", wind.id);
    let impatient = (0..6).map(|_| {
        let request = ada.request(Method::POST, &path).json(&json!({"title": "Plan"}));
        request.timeout(Duration::from_millis(500)).send()
    });
    assert!(join_all(impatient).await.iter().all(Result::is_err));

    let pool = server.database.new_pool(1);
    eventually("no statement waits for the lock", async || {
        sqlx::query_scalar(
            "select not exists (select from pg_stat_activity
                  where datname = current_database() and wait_event_type = 'Lock')",
        )
        .fetch_one(&pool)
        .await
        .unwrap()
    })
    .await;
    eventually("no transaction is left open, except for the lock", async || {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
              where datname = current_database() and state like 'idle in transaction%'",
        )
        .fetch_one(&pool)
        .await
        .unwrap();
        open == 1
    })
    .await;
    lock.rollback().await.unwrap();
    create_note(&ada, &wind).await.ok::<NoteView>();
}

#[tokio::test]
async fn settings_of_the_role_or_database_do_not_matter() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    for setting in [
        "set statement_timeout = '1ms'",
        "set lock_timeout = '1ms'",
        "set default_transaction_isolation = 'serializable'",
        "set datestyle = 'German, DMY'",
        "set timezone = 'Pacific/Auckland'",
        "set standard_conforming_strings = off",
    ] {
        set_for_new_sessions(&server.database, setting).await;
        let replies = join_all((0..4).map(|_| create_note(&ada, &wind))).await;
        for reply in replies {
            assert!(reply.status.is_success(), "{setting}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn read_only_database_serves_reads_and_recovers_by_itself() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    // Otherwise the session's last use isn't due to be recorded.
    server
        .database
        .execute("update session_tokens set last_used_at = now() - interval '1 hour'")
        .await;
    set_for_new_sessions(&server.database, "set default_transaction_read_only = on").await;

    for path in ["/me", "/me/menu", &format!("/organizations/{}/notes", wind.id)] {
        assert!(ada.get(path).await.status.is_success(), "{path}");
    }
    assert_unavailable(&create_note(&ada, &wind).await);
    let repeatable = ada
        .request(Method::POST, &format!("/organizations/{}/notes", wind.id))
        .header("mutation-id", uuid::Uuid::now_v7().to_string())
        .json(&json!({"title": "Plan"}));
    assert_unavailable(&ada.send(repeatable).await);
    let credentials = json!({"email": "ada@example.com", "password": PASSWORD});
    assert_unavailable(&server.visitor().post("/auth/sign-in", credentials).await);
    assert_unavailable(&ada.patch("/me", json!({"name": "Ada L"})).await);

    let name = &server.database.endpoint.database;
    let admin =
        db::Endpoint { database: "postgres".to_owned(), ..server.database.endpoint.clone() };
    let reset = format!("alter database {name} reset default_transaction_read_only");
    sqlx::raw_sql(AssertSqlSafe(reset)).execute(&db::pool(&admin, 1)).await.unwrap();
    eventually("writes work again, on the connections that are open", async || {
        create_note(&ada, &wind).await.status.is_success()
    })
    .await;
}

#[tokio::test]
async fn full_disk_makes_writes_unavailable_until_there_is_space() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    for code in ["53100", "53200", "53300", "40001", "40P01", "55P03", "57014", "25006"] {
        let trigger = format!(
            "create function refuse() returns trigger language plpgsql as
                 'begin raise ''refused'' using errcode = ''{code}''; end';
             create trigger refuse before insert on notes
                 for each row execute function refuse();"
        );
        server.database.execute(&trigger).await;
        assert_unavailable(&create_note(&ada, &wind).await);
        server.database.execute("drop function refuse cascade").await;
        create_note(&ada, &wind).await.ok::<NoteView>();
    }
}
