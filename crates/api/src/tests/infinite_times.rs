//! Times that no calendar can show.

use contract::note::NoteView;
use contract::view::List;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::fixtures;
use crate::test_server::TestServer;
use testing::TestDatabase;

/// Every column of type timestamptz, with its table.
async fn columns(database: &TestDatabase) -> Vec<(String, String)> {
    sqlx::query_as(
        "select table_name::text, column_name::text from information_schema.columns
          join pg_class on oid = format('%I', table_name)::regclass
         where table_schema = 'public' and data_type = 'timestamp with time zone'
           and relkind = 'r' and table_name <> '_sqlx_migrations'
         order by 1, 2",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn every_time_in_the_schema_refuses_infinity() {
    let database = TestDatabase::create().await;
    let columns = columns(&database).await;
    assert!(columns.len() >= 20, "{columns:?}");
    for (table, column) in columns {
        let constraint: Option<String> = sqlx::query_scalar(
            "select pg_get_constraintdef(oid) from pg_constraint
              where conrelid = $1::regclass and contype = 'c'
                and pg_get_constraintdef(oid) like '%is_calendar_time(' || $2 || ')%'",
        )
        .bind(&table)
        .bind(&column)
        .fetch_optional(&database.pool)
        .await
        .unwrap();
        assert!(constraint.is_some(), "add `check (is_calendar_time({column}))` to {table}");
    }
    for (time, expected) in [
        ("infinity", false),
        ("-infinity", false),
        ("10000-01-01", false),
        ("0044-03-15 BC", false),
        ("8999-12-31", true),
        ("0001-01-01 UTC", true),
    ] {
        let insert = "insert into organizations (id, name, slug, created_at)
             values (gen_random_uuid(), 'North', 'north-' || floor(random() * 1e9)::bigint, $1::timestamptz)";
        let inserted = sqlx::query(AssertSqlSafe(insert.replace("$1", &format!("'{time}'"))))
            .execute(&database.pool)
            .await;
        assert_eq!(inserted.is_ok(), expected, "{time}");
    }
}

#[tokio::test]
async fn row_with_an_infinite_time_takes_neither_the_session_nor_a_list_with_it() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    fixtures::create_organization(&ada, "north-wind").await;
    fixtures::create_note(&ada, "north-wind", "Plan").await;
    fixtures::create_note(&ada, "north-wind", "Other").await;
    for (table, column) in columns(&server.database).await {
        // As in a database from before the constraints.
        let sql = format!(
            "alter table {table} drop constraint {table}_{column}_is_calendar_time;
             alter table {table} disable trigger user"
        );
        server.database.execute(&sql).await;
        for time in ["infinity", "-infinity"] {
            // These sessions have ended, and the person can sign in again.
            let ends = matches!(
                (table.as_str(), column.as_str()),
                ("sessions", "expires_at") | ("session_tokens", "last_used_at")
            ) && time == "-infinity";
            if ends || table.starts_with("activit") || table.starts_with("cdc") {
                continue;
            }
            server.database.execute(&format!("update {table} set {column} = '{time}'")).await;
        }
    }
    for path in ["/me", "/me/menu", "/me/sessions", "/me/invitations"] {
        let reply = ada.get(path).await;
        assert!(reply.status.is_success(), "{path}: {reply:?}");
        reply.ok::<Value>();
    }
    let notes: List<NoteView> = ada.get("/organizations/north-wind/notes").await.ok();
    assert_eq!(notes.items.len(), 2);
    let reply = ada.post("/auth/sign-out", json!({})).await;
    assert!(reply.status.is_success() || reply.status.is_redirection(), "{reply:?}");
}
