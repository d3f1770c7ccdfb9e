#![expect(clippy::disallowed_methods, reason = "the routers of tests have no audience")]

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::{Router, middleware};
use contract::error::ErrorEnvelope;
use tower::ServiceExt;

use super::*;

async fn response_to(request: http::request::Builder) -> (StatusCode, String) {
    let router = Router::new()
        .route("/wrong", get(|| async { ApiFailure::internal("the disk is full").into_response() }))
        .route("/taken", get(|| async { ApiFailure::from(unique_violation()) }))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(|| async { ApiFailure::not_found("Nothing.") })
        .layer(middleware::from_fn(write_envelope));
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn unique_violation() -> sqlx::Error {
    sqlx::Error::Database(Box::new(Violation))
}

#[derive(Debug)]
struct Violation;

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("duplicate key")
    }
}

impl Error for Violation {}

impl sqlx::error::DatabaseError for Violation {
    fn message(&self) -> &str {
        "duplicate key"
    }

    fn constraint(&self) -> Option<&str> {
        Some("organizations_slug_unique")
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::UniqueViolation
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }
}

#[tokio::test]
async fn internal_cause_is_hidden_but_the_request_id_is_sent() {
    let request = Request::get("/wrong").header(REQUEST_ID_HEADER, "r-42");
    let (status, body) = response_to(request).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!body.contains("disk"), "{body}");
    let envelope: ErrorEnvelope = serde_json::from_str(&body).unwrap();
    assert_eq!(envelope.error.code, ErrorCode::Internal);
    assert_eq!(envelope.error.request_id, "r-42");
}

#[tokio::test]
async fn unique_violation_names_its_field() {
    let (status, body) = response_to(Request::get("/taken")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let envelope: ErrorEnvelope = serde_json::from_str(&body).unwrap();
    assert_eq!(envelope.error.fields["slug"].code, "taken");
}

#[tokio::test]
async fn unknown_paths_and_methods_return_the_envelope() {
    let (status, body) = response_to(Request::get("/nowhere")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains(r#""code":"not_found""#), "{body}");
    let (status, body) = response_to(Request::delete("/wrong")).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(body.contains(r#""code":"method_not_allowed""#), "{body}");
}

#[tokio::test]
async fn unavailable_database_is_503_with_the_time_to_wait() {
    let router = Router::new()
        .route("/busy", get(|| async { ApiFailure::from(sqlx::Error::PoolTimedOut) }))
        .layer(middleware::from_fn(write_envelope));
    let response =
        router.oneshot(Request::get("/busy").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()[RETRY_AFTER], "2");
}
