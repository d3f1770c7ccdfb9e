//! The headers of every kind of answer. `access.rs` checks them for every route too.

use std::fs;

use axum::http::HeaderMap;
use contract::view::UserView;
use image::{ImageFormat, RgbImage};
use reqwest::{Method, StatusCode, header};
use serde_json::json;
use std::io::Cursor;
use tempfile::TempDir;

use crate::testing::{Person, Reply, TestServer};

/// Asserts what holds for every answer of a server without https on a loopback address.
#[track_caller]
pub(super) fn assert_safe(what: &str, headers: &HeaderMap) {
    let value_of = |name: &str| {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        assert_eq!(values.len(), 1, "{what}: {name}: {values:?}");
        values[0].to_str().unwrap()
    };
    assert_eq!(value_of("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(value_of("referrer-policy"), "same-origin", "{what}");
    assert_eq!(value_of("cross-origin-resource-policy"), "same-origin", "{what}");
    assert_eq!(value_of("cross-origin-opener-policy"), "same-origin", "{what}");
    if headers.get(header::CONTENT_TYPE).is_none_or(|its| its != "application/wasm") {
        assert!(value_of("permissions-policy").contains("camera=()"), "{what}");
    }
    assert!(value_of("content-security-policy").contains("frame-ancestors 'none'"), "{what}");
    let kept = value_of("cache-control");
    assert!(kept.starts_with("private, ") && kept.ends_with(", no-transform"), "{what}: {kept}");
    assert!(!headers.contains_key("strict-transport-security"), "{what}");
}

async fn with_header(person: &Person, path: &str, name: header::HeaderName, value: &str) -> Reply {
    person.send(person.request(Method::GET, path).header(name, value)).await
}

#[tokio::test]
async fn every_kind_of_answer_tells_browsers_and_proxies_what_they_may_do() {
    let site = TempDir::new().unwrap();
    fs::create_dir(site.path().join("pkg")).unwrap();
    fs::write(site.path().join("pkg/app.js"), "export const answer = 42;").unwrap();
    fs::write(site.path().join("pkg/app.wasm"), "").unwrap();
    let server = TestServer::with_site(site.path()).await;
    let (ada, visitor) = (server.person("Ada").await, server.visitor());

    let mut picture = Vec::new();
    let pixels = RgbImage::new(8, 8);
    pixels.write_to(&mut Cursor::new(&mut picture), ImageFormat::Png).unwrap();
    let request = ada.request(Method::PUT, "/me/picture").body(picture);
    let user: UserView = ada.send(request).await.ok();
    let picture = user.picture.unwrap().path();
    let tag = ada.get(&picture).await.headers[header::ETAG].to_str().unwrap().to_owned();
    let form = visitor.request(Method::POST, "/auth/sign-in");
    let form = form.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");

    for (what, expected, reply) in [
        ("JSON", 200, ada.get("/me").await),
        ("an error", 401, visitor.get("/me").await),
        (
            "an error as a page",
            401,
            with_header(&visitor, "/me", header::ACCEPT, "text/html").await,
        ),
        ("an invalid body", 400, ada.post("/organizations", json!([])).await),
        ("a wrong method", 405, ada.delete("/me/menu").await),
        ("a page", 200, with_header(&ada, "/home", header::ACCEPT, "text/html").await),
        (
            "a redirect of a page",
            302,
            with_header(&visitor, "/home", header::ACCEPT, "text/html").await,
        ),
        ("a redirect of a form", 303, visitor.send(form.body("email=a&password=b")).await),
        ("no page", 404, with_header(&ada, "/nowhere", header::ACCEPT, "text/html").await),
        ("no address", 404, ada.get("/nowhere").await),
        ("a file", 200, visitor.get("/pkg/app.js").await),
        ("code", 200, visitor.get("/pkg/app.wasm").await),
        ("the service worker", 200, visitor.get("/service-worker.js").await),
        ("a picture", 200, ada.get(&picture).await),
        (
            "an unchanged picture",
            304,
            with_header(&ada, &picture, header::IF_NONE_MATCH, &tag).await,
        ),
        ("health", 200, visitor.get("/healthz").await),
        ("readiness", 200, visitor.get("/readyz").await),
        ("metrics", 200, visitor.get("/metrics").await),
        ("signing out", 204, ada.post("/auth/sign-out", json!({})).await),
    ] {
        assert_eq!(reply.status.as_u16(), expected, "{what}: {reply:?}");
        assert_safe(what, &reply.headers);
    }
    let grace = server.person("Grace").await;
    let stream = grace.request(Method::GET, "/me/stream").send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    assert_safe("a stream", stream.headers());
    assert_eq!(stream.headers()[header::CACHE_CONTROL], "private, no-store, no-transform");
}

#[tokio::test]
async fn texts_name_their_character_set() {
    let site = TempDir::new().unwrap();
    fs::create_dir(site.path().join("pkg")).unwrap();
    for name in ["app.js", "app.css", "icon.svg", "robots.txt", "app.wasm", "icon.png"] {
        fs::write(site.path().join("pkg").join(name), "a").unwrap();
    }
    let server = TestServer::with_site(site.path()).await;
    let visitor = server.visitor();
    for (path, expected) in [
        ("/pkg/app.js", "text/javascript; charset=utf-8"),
        ("/pkg/app.css", "text/css; charset=utf-8"),
        ("/pkg/icon.svg", "image/svg+xml; charset=utf-8"),
        ("/pkg/robots.txt", "text/plain; charset=utf-8"),
        ("/pkg/app.wasm", "application/wasm"),
        ("/pkg/icon.png", "image/png"),
        ("/service-worker.js", "text/javascript; charset=utf-8"),
        ("/sign-in", "text/html; charset=utf-8"),
    ] {
        let reply = with_header(&visitor, path, header::ACCEPT, "text/html,*/*").await;
        assert_eq!(reply.headers[header::CONTENT_TYPE], expected, "{path}");
    }
}

#[tokio::test]
async fn worker_may_only_send_requests_to_this_server() {
    let server = TestServer::start().await;
    let worker = server.visitor().get("/service-worker.js").await;
    assert_eq!(
        worker.headers[header::CONTENT_SECURITY_POLICY],
        "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
    );
}

#[tokio::test]
async fn other_hosts_are_refused_everywhere_but_at_the_probes() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    for (path, expected) in [
        ("/me", StatusCode::MISDIRECTED_REQUEST),
        ("/me/stream", StatusCode::MISDIRECTED_REQUEST),
        ("/sign-in", StatusCode::MISDIRECTED_REQUEST),
        ("/favicon.svg", StatusCode::MISDIRECTED_REQUEST),
        ("/healthz", StatusCode::OK),
        ("/readyz", StatusCode::OK),
    ] {
        let reply = with_header(&visitor, path, header::HOST, "evil.example").await;
        assert_eq!(reply.status, expected, "{path}");
    }
    let refused = with_header(&visitor, "/me", header::HOST, "evil.example").await.error();
    assert_eq!(refused.code, contract::ErrorCode::UnknownHost);
    assert!(refused.message.contains("set PUBLIC_URL"), "{}", refused.message);
}

#[tokio::test]
async fn other_sites_read_neither_data_nor_streams_nor_pages() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    for path in
        ["/me", "/me/stream", "/organizations/north-wind/sync/stream", "/home", "/system/state"]
    {
        for site in ["cross-site", "same-site"] {
            let request = visitor.request(Method::GET, path);
            let mut request = request.build().unwrap();
            request.headers_mut().insert("sec-fetch-site", site.parse().unwrap());
            request.headers_mut().insert("sec-fetch-mode", "no-cors".parse().unwrap());
            let reply = reqwest::Client::new().execute(request).await.unwrap();
            assert_eq!(reply.status(), StatusCode::FORBIDDEN, "{path} {site}");
        }
    }
}
