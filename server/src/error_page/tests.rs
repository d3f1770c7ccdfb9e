#![expect(clippy::disallowed_methods, reason = "the routers of tests have no audience")]

use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, middleware};
use tower::ServiceExt;

use super::*;
use api::error::{REQUEST_ID_HEADER, write_envelope};

async fn page_for(request: http::request::Builder) -> (StatusCode, HeaderMap, String) {
    let unavailable = || async { ApiFailure::from(sqlx::Error::PoolTimedOut) };
    let router = Router::new()
        .route("/unavailable", get(unavailable).post(unavailable))
        .route("/script", get(|| async { ApiFailure::bad_request(ErrorCode::BadRequest, "<b>") }))
        .layer(middleware::from_fn(write_envelope))
        .layer(middleware::from_fn(render_for_browsers));
    let request = request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let request = request.header(REQUEST_ID_HEADER, "r-42").body(Body::empty()).unwrap();
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn browser_gets_a_page_that_retries_and_shows_the_request_id() {
    let request = Request::get("/unavailable?a=1&b=2").header("cookie", "tributary_theme=dark");
    let (status, headers, page) = page_for(request).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
    let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(page.matches(&format!(" nonce=\"{nonce}\"")).count(), 2, "{page}");
    assert!(!page.contains("{{"), "{page}");
    for part in [
        "<html lang=\"en\" data-theme=\"dark\">",
        "<script nonce=\"",
        "href=\"/unavailable?a=1&amp;b=2\" data-probe",
        "<code>r-42</code>",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
}

#[tokio::test]
async fn page_for_a_failed_post_does_not_retry() {
    let (status, _, page) = page_for(Request::post("/unavailable")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!page.contains("<script") && page.contains("href=\"/\">Go to home"), "{page}");
}

#[tokio::test]
async fn markup_in_error_messages_is_escaped() {
    let (_, _, page) = page_for(Request::get("/script")).await;
    assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"), "{page}");
}

#[tokio::test]
async fn service_worker_contains_its_offline_page() {
    let response = service_worker().await.into_response();
    assert_eq!(response.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let script = String::from_utf8(body.to_vec()).unwrap();
    let text = ErrorText::for_code(ErrorCode::Unreachable);
    assert!(script.contains(text.message), "{script}");
    // 128 bits (ASVS 11.5.1); a UUID has 122.
    assert!(script.contains("crypto.getRandomValues(new Uint8Array(16))"), "{script}");
    assert!(script.contains("nonce=\\\"%nonce%\\\"") && !script.contains("%page%"), "{script}");
}
