use contract::ErrorCode;
use contract::view::Me;
use reqwest::{Method, StatusCode};
use serde_json::json;
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
    let name = server.cookie_name().await;
    for token in ["", "abc", &"0".repeat(64)] {
        let cookie = format!("{name}={token}");
        let request = visitor.request(Method::GET, "/me").header("cookie", cookie);
        assert_eq!(visitor.send(request).await.error().code, ErrorCode::NotSignedIn);
    }
}

#[tokio::test]
async fn page_that_was_rendered_for_somebody_else_neither_reads_nor_writes() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let [hers, others]: [Me; 2] = [ada.get("/me").await.ok(), grace.get("/me").await.ok()];
    let send = async |method: Method, path: &str, expected: String| {
        let request = ada.request(method, path).header("expected-user", expected);
        ada.send(request.json(&json!({"name": "Eve", "slug": "eve"}))).await
    };
    for (method, path) in
        [(Method::GET, "/me"), (Method::POST, "/organizations"), (Method::POST, "/auth/sign-out")]
    {
        for expected in [others.user.id.to_string(), "nobody".to_owned()] {
            let reply = send(method.clone(), path, expected).await;
            assert_eq!(reply.status, StatusCode::CONFLICT, "{method} {path}");
            assert_eq!(reply.error().code, ErrorCode::OtherAccount, "{method} {path}");
        }
        let reply = send(method.clone(), path, hers.user.id.to_string()).await;
        assert!(reply.status.is_success(), "{method} {path}: {reply:?}");
    }
}

#[tokio::test]
async fn form_of_another_account_does_not_sign_out() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let [hers, others]: [Me; 2] = [ada.get("/me").await.ok(), grace.get("/me").await.ok()];
    let submit = async |user: String| {
        let form = ada.request(Method::POST, "/auth/sign-out");
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        ada.send(form.body(format!("next=%2Fsign-in&user={user}"))).await
    };
    let refused = submit(others.user.id.to_string()).await;
    assert_eq!(refused.error().code, ErrorCode::OtherAccount);
    assert!(ada.get("/me").await.status.is_success());
    let signed_out = submit(hers.user.id.to_string()).await;
    assert_eq!(signed_out.status, StatusCode::SEE_OTHER);
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
}

#[tokio::test]
async fn two_instances_on_one_host_do_not_sign_each_other_out() {
    let (one, other) = (TestServer::start().await, TestServer::start().await);
    assert_ne!(one.cookie_name().await, other.cookie_name().await);
    // One browser: its cookies belong to the host, whatever the port.
    let ada = one.person("Ada").await;
    let at_other = ada.at(other.visitor().origin().to_owned());
    at_other.sign_up("Ada", other.mail_folder.path()).await;
    assert!(ada.get("/me").await.status.is_success());
    at_other.post("/auth/sign-out", json!({})).await.no_content();
    assert_eq!(at_other.get("/me").await.error().code, ErrorCode::NotSignedIn);
    assert!(ada.get("/me").await.status.is_success());
}

#[tokio::test]
async fn signing_out_clears_what_the_browser_keeps_but_its_storage() {
    let server = TestServer::start().await;
    for path in ["/auth/sign-out", "/me"] {
        let ada = server.person(if path == "/me" { "Ada" } else { "Grace" }).await;
        let method = if path == "/me" { Method::DELETE } else { Method::POST };
        let reply = ada.send(ada.request(method, path).json(&json!({}))).await;
        assert_eq!(reply.headers["clear-site-data"], "\"cache\"", "{path}");
    }
}

#[tokio::test]
async fn token_is_in_the_cookie_and_nowhere_else() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let email = crate::fixtures::email_of(&ada).await;
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("email", email.as_str()),
            ("password", testing::PASSWORD),
            ("next", "/home"),
        ])
        .finish();
    let request = ada
        .request(Method::POST, "/auth/sign-in")
        .header("content-type", "application/x-www-form-urlencoded");
    let json = json!({"email": email, "password": testing::PASSWORD});
    let replies = [ada.send(request.body(form)).await, ada.post("/auth/sign-in", json).await];
    for reply in replies {
        let cookie = reply.headers["set-cookie"].to_str().unwrap();
        let token = cookie.split(['=', ';']).nth(1).unwrap();
        assert_eq!(token.len(), 64);
        assert!(!reply.body.contains(token));
        for (name, value) in &reply.headers {
            assert!(name == "set-cookie" || !value.to_str().unwrap().contains(token), "{name}");
        }
    }
}
