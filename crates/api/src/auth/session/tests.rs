use contract::ErrorCode;
use contract::view::Me;
use sqlx::PgPool;

use crate::test_server::TestServer;

async fn count(pool: &PgPool, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(pool).await.unwrap()
}

async fn change(pool: &PgPool, statement: &'static str) {
    sqlx::query(statement).execute(pool).await.unwrap();
}

#[tokio::test]
async fn session_expires_after_thirty_days_and_is_deleted() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let pool = &server.database.pool;
    let lasts = "select extract(day from expires_at - created_at)::bigint from sessions";
    assert_eq!(count(pool, lasts).await, 30);
    change(pool, "update sessions set expires_at = now() - interval '1 second'").await;
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
    assert_eq!(count(pool, "select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn session_expires_after_fourteen_days_without_use() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let pool = &server.database.pool;
    change(pool, "update session_tokens set last_used_at = now() - interval '13 days'").await;
    let _: Me = ada.get("/me").await.ok();
    change(pool, "update session_tokens set last_used_at = now() - interval '14 days'").await;
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
}

#[tokio::test]
async fn last_use_is_updated_once_a_minute() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let pool = &server.database.pool;
    let is_fresh =
        "select count(*) from session_tokens where last_used_at > now() - interval '5 s'";
    change(pool, "update session_tokens set last_used_at = now() - interval '50 seconds'").await;
    let _: Me = ada.get("/me").await.ok();
    assert_eq!(count(pool, is_fresh).await, 0);
    change(pool, "update session_tokens set last_used_at = now() - interval '61 seconds'").await;
    let _: Me = ada.get("/me").await.ok();
    assert_eq!(count(pool, is_fresh).await, 1);
}

#[tokio::test]
async fn only_the_hash_of_a_token_is_stored() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let reply = visitor.sign_up("Ada", server.mail_folder.path()).await;
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    let stored: Vec<u8> = sqlx::query_scalar("select token_hash from session_tokens")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(stored.len(), 32);
    assert_ne!(hex::encode(stored), token);
}

#[tokio::test]
async fn unknown_token_does_not_authenticate() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    for cookie in [
        "tributary_session=",
        "tributary_session=abc",
        &format!("tributary_session={}", "0".repeat(64)),
    ] {
        let request = visitor.request(reqwest::Method::GET, "/me").header("cookie", cookie);
        assert_eq!(visitor.send(request).await.error().code, ErrorCode::NotSignedIn);
    }
}
