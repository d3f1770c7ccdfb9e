//! The number of rows that lists read in large tables. A page costs the same, however large the table is.

use std::time::Duration;

use contract::UserId;
use contract::view::{List, MembershipView};
use serde_json::Value;
use sqlx::PgPool;
use testing::{Person, eventually};

use crate::fixtures;
use crate::test_server::TestServer;

/// How many rows the lists of these tests may read, of all tables. A page has 50 entries, most of which are
/// joined from three tables.
const MAX_ROWS_READ: i64 = 1_000;

/// The rows that a list reads.
#[derive(Debug, Default)]
struct RowsRead {
    by_scan: i64,
    by_index: i64,
}

/// The rows that all sessions have read so far, by scans of a whole table and by an index. The system's
/// tables don't count.
async fn rows_read(pool: &PgPool) -> RowsRead {
    let (by_scan, by_index) = sqlx::query_as::<_, (i64, i64)>(
        "select (select coalesce(sum(seq_tup_read), 0)::bigint from pg_stat_user_tables),
                (select coalesce(sum(idx_tup_read), 0)::bigint from pg_stat_user_indexes)",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    RowsRead { by_scan, by_index }
}

/// Postgres adds up what a session has read when the session ends at the latest.
async fn end_other_sessions(pool: &PgPool) {
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()",
    )
    .execute(pool)
    .await
    .unwrap();
    eventually("the sessions have ended", async || {
        sqlx::query_scalar(
            "select not exists (select from pg_stat_activity
                  where datname = current_database() and pid <> pg_backend_pid())",
        )
        .fetch_one(pool)
        .await
        .unwrap()
    })
    .await;
    let version: String =
        sqlx::query_scalar("show server_version_num").fetch_one(pool).await.unwrap();
    if version.as_str() < "150000" {
        // Sessions send their numbers to a process, which doesn't say when it has them.
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
}

/// Fills the tables around an organization of Ada. Most rows belong to that organization; a list of
/// another one must not read them either.
async fn fill(pool: &PgPool, ada: UserId, rows: i64) {
    for statement in [
        "insert into users (id, email, name)
         select gen_random_uuid(), 'p' || n || '@example.com', 'Person ' || n
           from generate_series(1, $2) n where $1 is not null",
        "insert into memberships (id, organization_id, user_id, role)
         select gen_random_uuid(), o.id, u.id, 'member'
           from organizations o, users u
          where o.slug = 'north-wind' and u.id <> $1 and u.email like 'p%' and $2 > 0",
        "update member_names set look = decode(md5(name), 'hex') where $1 is not null and $2 > 0",
        "insert into notes (id, organization_id, author, title)
         select gen_random_uuid(), o.id, $1, 'Note ' || n
           from organizations o, generate_series(1, $2) n
          where o.slug = 'north-wind'",
        "insert into activities
             (id, commit_lsn, ordinal, committed_at, kind, action, subject_id, organization_id, changed, data)
         select n, '0/1', n, now(), 'note', 'created', gen_random_uuid(), o.id, '{}', '{}'
           from organizations o, generate_series(1, $2) n
          where o.slug = 'north-wind' and $1 is not null",
        "update cdc_state set last_position = $2 where $1 is not null",
        "insert into mail_messages (id, kind, recipient, sent_at)
         select gen_random_uuid(), 'confirm_email', 'p' || n || '@example.com', now()
           from generate_series(1, $2) n where $1 is not null",
    ] {
        sqlx::query(statement).bind(ada).bind(rows).execute(pool).await.unwrap();
    }
    sqlx::query("vacuum analyze").execute(pool).await.unwrap();
}

async fn second_page(person: &Person, path: &str) -> String {
    let first: List<Value> = person.get(path).await.ok();
    let next = first.next.expect("there are more than one page");
    format!("{path}{}after={next}", if path.contains('?') { '&' } else { '?' })
}

#[tokio::test]
async fn pages_of_large_lists_read_only_what_they_show() {
    check_pages(100_000).await;
}

/// Of tables that Postgres can read as a whole in a millisecond.
#[tokio::test]
async fn pages_of_medium_lists_read_only_what_they_show() {
    check_pages(5_000).await;
}

/// Checks the lists in tables that get this many rows each.
async fn check_pages(rows: i64) {
    let server = TestServer::without_log().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    fixtures::create_organization(&ada, "north-wind").await;
    fixtures::create_organization(&grace, "attic").await;
    let pool = server.database.new_pool(1);
    let email = "ada@example.com";
    let id = sqlx::query_scalar("select id from users where email = $1").bind(email);
    let ada_id = id.fetch_one(&pool).await.unwrap();
    // In a session of its own, which ends before the measurement: Postgres adds up what an open session has
    // read about once a second.
    let filling = server.database.new_pool(1);
    fill(&filling, ada_id, rows).await;
    filling.close().await;

    let members: List<MembershipView> = ada.get("/organizations/north-wind/members").await.ok();
    assert_eq!(members.total, rows + 1);

    let mut requests = vec![
        (&grace, "/organizations/attic/members".to_owned()),
        (&grace, "/organizations/attic/notes".to_owned()),
        (&ada, "/me/menu".to_owned()),
        (&ada, "/me/memberships".to_owned()),
        (&ada, "/me/sessions".to_owned()),
        (&ada, "/me/invitations".to_owned()),
        (&ada, "/me/activities".to_owned()),
        (&ada, "/organizations".to_owned()),
        (&ada, "/organizations/north-wind/invitations".to_owned()),
        (&ada, "/organizations/north-wind/lookalikes".to_owned()),
        (&ada, "/organizations/north-wind/activities".to_owned()),
    ];
    for query in ["", "?order=desc", "?role=admin", "?role=member", "?sort=role", "?sort=createdAt"]
    {
        let path = format!("/organizations/north-wind/members{query}");
        requests.push((&ada, path.clone()));
        if query != "?role=admin" {
            requests.push((&ada, second_page(&ada, &path).await));
        }
    }
    requests.push((&ada, "/organizations/north-wind/notes".to_owned()));
    requests.push((&ada, second_page(&ada, "/organizations/north-wind/notes").await));

    end_other_sessions(&pool).await;
    let mut before = rows_read(&pool).await;
    for (person, path) in requests {
        eventually("the server has connections again", async || {
            person.get("/me").await.status.is_success()
        })
        .await;
        // More than five times, after which Postgres may plan a statement for any parameters.
        for _ in 0..8 {
            let _: Value = person.get(&path).await.ok();
        }
        end_other_sessions(&pool).await;
        let after = rows_read(&pool).await;
        let read = RowsRead {
            by_scan: (after.by_scan - before.by_scan) / 8,
            by_index: (after.by_index - before.by_index) / 8,
        };
        assert!(read.by_scan + read.by_index < MAX_ROWS_READ, "{path} reads {read:?}");
        before = after;
    }
}
