mod database_conditions;
mod infinite_times;

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use contract::view::Me;
use contract::{ErrorCode, MutationId, Name, UserId};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tower::ServiceExt;
use uuid::Uuid;

use super::*;
use crate::test_server::TestServer;
use testing::TestDatabase;

#[tokio::test]
async fn database_accepts_the_same_names_as_the_type() {
    let others = ["", &"ü".repeat(100), &"ü".repeat(101)];
    fixtures::assert_domain_matches_type("name_text", Name::parse, "Ada", &others).await;
}

#[tokio::test]
async fn cross_site_request_is_refused() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let request = ada
        .request(Method::DELETE, "/me")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example");
    let reply = ada.send(request).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.error().code, ErrorCode::CrossSite);
    assert!(ada.get("/me").await.status.is_success());
}

#[tokio::test]
async fn unreadable_bodies_return_the_envelope() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let send = async |content_type: &'static str, body: String| {
        let request = ada.request(Method::POST, "/organizations");
        let request = request.header("content-type", content_type).body(body);
        ada.send(request).await.error()
    };
    let broken = send("application/json", "{\"name\":".to_owned()).await;
    assert_eq!(broken.code, ErrorCode::BadRequest);
    assert!(!broken.request_id.is_empty());
    let other = send("text/plain", "{}".to_owned()).await;
    assert_eq!(other.code, ErrorCode::BadRequest);
    let huge = send("application/json", " ".repeat(70_000)).await;
    assert_eq!(huge.code, ErrorCode::TooLarge);
    let method = ada.delete("/me/menu").await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(method.error().code, ErrorCode::MethodNotAllowed);
}

#[tokio::test]
async fn responses_are_not_cached() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    assert_eq!(ada.get("/me").await.headers["cache-control"], "private, no-store");
}

#[tokio::test]
async fn page_and_endpoint_may_share_a_path() {
    let database = TestDatabase::create().await;
    let settings = Settings { secure: false };
    let clock = Clock::of_database(&database.pool).await.unwrap();
    let api =
        Api { pool: database.pool.clone(), clock, settings, write_limits: WriteLimits::default() };
    let pages = Router::new().route("/invitations/{id}", get(|| async { "a page" })).layer(
        SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'self'"),
        ),
    );
    let router = router(api).merge(pages);
    let status = async |method: Method| {
        let request = Request::builder().method(method).uri("/invitations/1").body(Body::empty());
        router.clone().oneshot(request.unwrap()).await.unwrap().status()
    };
    assert_eq!(status(Method::GET).await, StatusCode::OK);
    assert_eq!(status(Method::DELETE).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(Method::PUT).await, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn log_records_actor_and_mutation() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let me: Me = ada.get("/me").await.ok();
    until(async || slot_exists(&server.database).await).await;
    let mutation = MutationId::from_uuid(Uuid::now_v7());
    let request = ada
        .request(Method::POST, "/organizations")
        .header("mutation-id", mutation.to_string())
        .json(&json!({"name": "North Wind", "slug": "north-wind"}));
    assert!(ada.send(request).await.status.is_success());
    let pool = &server.database.pool;
    until(async || !activities_of(pool, mutation).await.is_empty()).await;
    let expected = ["organization", "membership"].map(|kind| (kind.to_owned(), me.user.id));
    assert_eq!(activities_of(pool, mutation).await, expected);
}

/// The kind and the actor of the mutation's activities.
async fn activities_of(pool: &PgPool, mutation: MutationId) -> Vec<(String, UserId)> {
    sqlx::query_as("select kind, actor_id from activities where mutation_id = $1 order by id")
        .bind(mutation)
        .fetch_all(pool)
        .await
        .unwrap()
}

async fn slot_exists(database: &TestDatabase) -> bool {
    sqlx::query_scalar("select exists (select from pg_replication_slots where slot_name = $1)")
        .bind(database.slot())
        .fetch_one(&database.pool)
        .await
        .unwrap()
}

async fn until(condition: impl AsyncFn() -> bool) {
    let poll = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), poll)
        .await
        .expect("condition not met within 15 seconds");
}
