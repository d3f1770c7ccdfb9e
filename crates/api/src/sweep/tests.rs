use sqlx::AssertSqlSafe;
use testing::{TestDatabase, eventually};

use super::*;
use crate::test_server::TestServer;

async fn count(pool: &PgPool, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap()
}

/// A database with one user.
async fn database() -> TestDatabase {
    let database = TestDatabase::create().await;
    sqlx::raw_sql(
        "insert into users (id, email, name) values (gen_random_uuid(), 'ada@example.com', 'Ada')",
    )
    .execute(&database.pool)
    .await
    .unwrap();
    database
}

/// Inserts `fresh`, which must stay, and `stale`, which must go. Both are statements that insert one row
/// into `table`.
async fn assert_swept(swept: Swept, table: &str, fresh: &[&str], stale: &[&str]) {
    let database = database().await;
    let insert = async |sql: &str| {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&database.pool).await.unwrap();
    };
    for sql in fresh {
        insert(sql).await;
    }
    assert_eq!(swept.sweep(&database.pool).await.unwrap(), 0, "{swept:?}");
    for sql in stale {
        insert(sql).await;
    }
    let kept = i64::try_from(fresh.len()).unwrap();
    assert_eq!(count(&database.pool, table).await, kept + i64::try_from(stale.len()).unwrap());
    assert_eq!(
        swept.sweep(&database.pool).await.unwrap(),
        u64::try_from(stale.len()).unwrap(),
        "{swept:?}"
    );
    assert_eq!(count(&database.pool, table).await, kept);
}

fn session(expires: &str, last_used: &str) -> String {
    format!(
        "with session as (
             insert into sessions (id, user_id, expires_at)
             select gen_random_uuid(), id, now() + interval '{expires}' from users returning id
         )
         insert into session_tokens (session_id, token_hash, last_used_at)
         select id, uuid_send(id), now() - interval '{last_used}' from session"
    )
}

#[tokio::test]
async fn sessions_that_expired_or_were_not_used_are_deleted_with_their_tokens() {
    let fresh = [session("1 minute", "1 minute"), session("1 day", "13 days 23 hours")];
    let stale = [session("-1 second", "1 minute"), session("1 day", "14 days")];
    let (fresh, stale) = (fresh.each_ref(), stale.each_ref());
    for table in ["sessions", "session_tokens"] {
        assert_swept(Swept::Sessions, table, &fresh.map(|it| &**it), &stale.map(|it| &**it)).await;
    }
}

#[tokio::test]
async fn links_that_expired_are_deleted_whatever_they_are_for() {
    let link = |purpose: &str, expires: &str| {
        format!(
            "insert into account_links (id, purpose, email, expires_at)
             values (gen_random_uuid(), '{purpose}', 'ada@example.com', now() + interval '{expires}')"
        )
    };
    let purposes = ["sign_up", "confirm_email", "reset_password"];
    let fresh = purposes.map(|purpose| link(purpose, "1 minute"));
    let stale = purposes.map(|purpose| link(purpose, "-1 second"));
    let (fresh, stale) = (fresh.each_ref(), stale.each_ref());
    assert_swept(
        Swept::AccountLinks,
        "account_links",
        &fresh.map(|it| &**it),
        &stale.map(|it| &**it),
    )
    .await;
}

#[tokio::test]
async fn sign_ins_without_a_code_are_deleted_when_they_expire() {
    let pending = |expires: &str| {
        format!(
            "insert into pending_sign_ins (token_hash, user_id, expires_at)
             select uuid_send(gen_random_uuid()), id, now() + interval '{expires}' from users"
        )
    };
    let (fresh, stale) = (pending("1 minute"), pending("-1 second"));
    assert_swept(Swept::PendingSignIns, "pending_sign_ins", &[&fresh], &[&stale]).await;
}

#[tokio::test]
async fn sign_ins_that_the_provider_did_not_answer_are_deleted_when_they_expire() {
    let request = |expires: &str| {
        format!(
            "insert into authentication_requests (token_hash, purpose, expires_at)
             values (uuid_send(gen_random_uuid()), 'sign_in', now() + interval '{expires}')"
        )
    };
    let (fresh, stale) = (request("1 minute"), request("-1 second"));
    let swept = Swept::AuthenticationRequests;
    assert_swept(swept, "authentication_requests", &[&fresh], &[&stale]).await;
}

#[tokio::test]
async fn challenges_that_were_not_answered_are_deleted_when_they_expire() {
    let ceremony = |expires: &str| {
        format!(
            "insert into passkey_ceremonies (token_hash, state, expires_at)
             values (uuid_send(gen_random_uuid()), '{{}}', now() + interval '{expires}')"
        )
    };
    let (fresh, stale) = (ceremony("1 minute"), ceremony("-1 second"));
    assert_swept(Swept::PasskeyCeremonies, "passkey_ceremonies", &[&fresh], &[&stale]).await;
}

#[tokio::test]
async fn messages_are_deleted_after_a_month_whether_they_were_sent_or_not() {
    let message = |age: &str, sent: &str| {
        format!(
            "insert into mail_messages (id, kind, recipient, created_at, sent_at)
             values (gen_random_uuid(), 'password_changed', 'ada@example.com',
                     now() - interval '{age}', {sent})"
        )
    };
    let fresh = [message("29 days", "now()"), message("29 days", "null")];
    let stale = [message("31 days", "now()"), message("31 days", "null")];
    let (fresh, stale) = (fresh.each_ref(), stale.each_ref());
    assert_swept(Swept::Messages, "mail_messages", &fresh.map(|it| &**it), &stale.map(|it| &**it))
        .await;
}

#[tokio::test]
async fn answers_are_deleted_after_two_days() {
    let answer = |age: &str| {
        format!(
            "insert into request_results (user_id, mutation_id, request, created_at)
             select id, gen_random_uuid(), 'POST /organizations', now() - interval '{age}' from users"
        )
    };
    assert_swept(Swept::Answers, "request_results", &[&answer("47 hours")], &[&answer("49 hours")])
        .await;
}

#[tokio::test]
async fn slugs_are_deleted_when_everyone_may_have_them_again() {
    let slug = |slug: &str, age: &str| {
        format!(
            "insert into quarantined_slugs (slug, organization_id, given_up_at)
             values ('{slug}', gen_random_uuid(), now() - interval '{age}')"
        )
    };
    assert_swept(
        Swept::Slugs,
        "quarantined_slugs",
        &[&slug("north-wind", "89 days")],
        &[&slug("south-wind", "90 days")],
    )
    .await;
}

#[tokio::test]
async fn rows_are_deleted_in_batches_and_other_nodes_share_the_work() {
    let database = database().await;
    let rows = BATCH * 2 + 1;
    sqlx::query(
        "insert into request_results (user_id, mutation_id, request, created_at)
         select users.id, gen_random_uuid(), 'POST /organizations', now() - interval '3 days'
           from users, generate_series(1, $1)",
    )
    .bind(rows)
    .execute(&database.pool)
    .await
    .unwrap();
    let mut batch = db::transaction::begin(&database.pool).await.unwrap();
    let deleted = Swept::Answers.delete_batch(&mut batch, BATCH).await.unwrap();
    assert_eq!(deleted, BATCH.cast_unsigned());
    // Another node waits for none of these rows.
    let others = Swept::Answers.sweep(&database.pool).await.unwrap();
    assert_eq!(others, (rows - BATCH).cast_unsigned());
    batch.commit().await.unwrap();
    assert_eq!(count(&database.pool, "request_results").await, 0);
}

#[tokio::test]
async fn task_sweeps_every_table() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    drop(ada);
    let pool = &server.database.pool;
    sqlx::raw_sql(
        "update sessions set expires_at = now();
         insert into account_links (id, purpose, email, expires_at)
         values (gen_random_uuid(), 'sign_up', 'ada@example.com', now());
         update mail_messages set created_at = now() - interval '31 days';
         insert into request_results (user_id, mutation_id, request, created_at)
         select id, gen_random_uuid(), 'POST /organizations', now() - interval '3 days' from users;
         insert into quarantined_slugs values ('north-wind', gen_random_uuid(), now() - interval '91 days')",
    )
    .execute(pool)
    .await
    .unwrap();
    let clock = Clock::of_database(pool).await.unwrap();
    let task = tokio::spawn(run(pool.clone(), None, clock));
    for table in
        ["sessions", "account_links", "mail_messages", "request_results", "quarantined_slugs"]
    {
        eventually(&format!("{table} is empty"), async || count(pool, table).await == 0).await;
    }
    task.abort();
}
