#![expect(clippy::disallowed_methods, reason = "the routers of tests have no audience")]

mod database_conditions;
mod infinite_times;
mod list_plans;
mod outsiders;

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;

use axum::routing::get;
use contract::view::Me;
use contract::{ErrorCode, MutationId, Name, UserId};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tower::ServiceExt;
use uuid::Uuid;

use super::*;
use crate::limits::LimitSettings;
use crate::mail::Mail;
use crate::security_log::SecurityKey;
use crate::test_server::TestServer;
use testing::TestDatabase;

#[tokio::test]
async fn database_accepts_the_same_names_as_the_type() {
    let others = ["", &"ü".repeat(100), &"ü".repeat(101)];
    fixtures::assert_domain_matches_type("name_text", Name::parse, "Ada", &others).await;
}

#[tokio::test]
async fn database_and_type_agree_on_every_character_of_a_name() {
    fixtures::assert_domain_matches_type_for_every_character("name_text", Name::parse, "Ada").await;
}

#[test]
fn documented_lifetimes_are_those_of_the_code() {
    use crate::auth::{account_link, oidc, passkey, pending_sign_in, session};
    use contract::account_link::LinkPurpose;

    let page = include_str!("../../../docs/security-policies.md");
    let hours = |purpose| account_link::lifetime(purpose).whole_hours();
    let rows = [
        format!(
            "| session | {} days, {} days without use |",
            session::LIFETIME.whole_days(),
            session::IDLE_LIFETIME.whole_days()
        ),
        format!(
            "| proof before sensitive changes | {} minutes |",
            session::proof::VALIDITY.whole_minutes()
        ),
        format!(
            "| sign-in that waits for a code | {} minutes, ",
            pending_sign_in::LIFETIME.whole_minutes()
        ),
        format!(
            "| challenge of a passkey | {} minutes |",
            passkey::ceremony::LIFETIME.whole_minutes()
        ),
        format!(
            "| request to the OpenID provider | {} minutes |",
            oidc::authentication_request::LIFETIME.whole_minutes()
        ),
        format!(
            "| link to confirm an address or to finish a sign-up | {} hours |",
            hours(LinkPurpose::ConfirmEmail)
        ),
        format!("| link to a new password | {} hour |", hours(LinkPurpose::ResetPassword)),
        format!("| invitation | {} days |", invitations::LIFETIME.whole_days()),
        format!("A user has {} sessions at most", session::MAX_PER_USER),
    ];
    for row in rows {
        assert!(page.contains(&row), "docs/security-policies.md lacks {row:?}");
    }
    assert_eq!(hours(LinkPurpose::SignUp), hours(LinkPurpose::ConfirmEmail));
}

fn api_on(database: &TestDatabase) -> Api {
    Api::new(ApiState {
        pool: database.pool.clone(),
        sessions: SessionLoader::new(database.pool.clone()),
        clock: database.clock.clone(),
        settings: Settings {
            secure: false,
            instance: InstanceId::default(),
            quotas: Quotas::default(),
        },
        security_key: SecurityKey::for_tests(),
        write_limits: WriteLimits::default(),
        limits: Limits::new(&LimitSettings::default()),
        mail: Mail::default(),
        provider: None,
        public_origin: None,
    })
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

/// Over plain HTTP, browsers send no `Sec-Fetch-Site`. The server compares `Origin` and `Host`, which a
/// proxy may have changed.
#[tokio::test]
async fn changes_are_accepted_from_the_own_and_the_public_origin() {
    let database = TestDatabase::create().await;
    let public = PublicOrigin::of_url("http://team.lan").unwrap();
    let api = Api::new(ApiState { public_origin: Some(public), ..(*api_on(&database)).clone() });
    let router = router(api).layer(middleware::from_fn(error::write_envelope));
    let send = async |origin: &'static str, host: &'static str| {
        let request = Request::post("/auth/sign-out")
            .header("origin", origin)
            .header("host", host)
            .body(Body::empty());
        let reply = router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = reply.status();
        let body = to_bytes(reply.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.into()).unwrap())
    };
    for (origin, host) in [
        ("http://team.lan", "127.0.0.1:3000"),
        ("http://team.lan", "tributary_upstream"),
        ("http://192.168.1.5:3000", "192.168.1.5:3000"),
        ("http://localhost:3000", "localhost:3000"),
        ("http://[::1]:3000", "[::1]:3000"),
    ] {
        assert!(send(origin, host).await.0.is_success(), "{origin} {host}");
    }
    for (origin, host) in [
        ("http://evil.example", "127.0.0.1:3000"),
        ("http://team.lan.evil.example", "127.0.0.1:3000"),
        ("https://team.lan", "127.0.0.1:3000"),
        ("null", "127.0.0.1:3000"),
    ] {
        let (status, body) = send(origin, host).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{origin} {host}");
        assert!(body.contains("set PUBLIC_URL"), "{body}");
    }
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
    assert_eq!(ada.get("/me").await.headers["cache-control"], "private, no-store, no-transform");
}

#[tokio::test]
async fn page_and_endpoint_may_share_a_path() {
    let database = TestDatabase::create().await;
    let api = api_on(&database);
    let pages = Router::new()
        .route("/invitations/{id}", get(|| async { "a page" }))
        .layer(middleware::from_fn(fetch_metadata::refuse_embedding));
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
