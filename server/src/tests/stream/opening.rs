//! The response that opens a stream.

use super::*;

#[tokio::test]
async fn invalid_requests_are_refused_with_a_status() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let refused = visitor.get("/me/stream").await;
    assert_eq!(refused.status, http::StatusCode::UNAUTHORIZED);

    let ada = server.person("Ada").await;
    let refused = ada.get("/me/stream?cursor=nonsense").await;
    assert_eq!(refused.status, http::StatusCode::BAD_REQUEST);
    assert_eq!(refused.error().code, contract::ErrorCode::InvalidCursor);
}

#[tokio::test]
async fn headers_forbid_storing_compressing_and_buffering() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let request = ada
        .request(http::Method::GET, "/me/stream")
        .header("accept-encoding", "br, gzip")
        .header("accept", "text/event-stream");
    let reader = StreamReader::new(request.send().await.unwrap());
    let header = |name: &str| reader.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(header("cache-control"), Some("private, no-store, no-transform"));
    assert_eq!(header("x-accel-buffering"), Some("no"));
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
    assert_eq!(header("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(header("content-encoding"), None);
    assert_eq!(header("content-length"), None);
}
