use api::error::{REQUEST_ID_HEADER, write_envelope};
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, middleware};
use contract::ErrorCode;
use tower::ServiceExt;

use super::*;

async fn page_for(request: http::request::Builder) -> (StatusCode, HeaderMap, String) {
    let away = || async { ApiFailure::from(sqlx::Error::PoolTimedOut) };
    let router = Router::new()
        .route("/away", get(away).post(away))
        .route("/script", get(|| async { ApiFailure::bad_request(ErrorCode::BadRequest, "<b>") }))
        .layer(middleware::from_fn(write_envelope))
        .layer(middleware::from_fn(render_error_page));
    let request = request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let request = request.header(REQUEST_ID_HEADER, "r-42").body(Body::empty()).unwrap();
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_person_gets_a_page_that_tries_again_and_names_the_request() {
    let request = Request::get("/away?a=1&b=2").header("cookie", "tributary_theme=dark");
    let (status, headers, page) = page_for(request).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(headers.contains_key(CONTENT_SECURITY_POLICY));
    for part in [
        "<html lang=\"en\" data-theme=\"dark\">",
        "src=\"/try-again.js\"",
        "href=\"/away?a=1&amp;b=2\">Try again",
        "<code>r-42</code>",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
}

#[tokio::test]
async fn what_was_sent_is_not_sent_again_by_itself() {
    let (status, _, page) = page_for(Request::post("/away")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!page.contains("<script") && page.contains("href=\"/\">Go to home"), "{page}");
}

#[tokio::test]
async fn a_page_holds_no_markup_but_its_own() {
    let (_, _, page) = page_for(Request::get("/script")).await;
    assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"), "{page}");
}
