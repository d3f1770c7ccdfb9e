#![expect(clippy::disallowed_methods, reason = "the routers of tests have no audience")]

use std::cell::Cell;
use std::fs;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use futures::future::join_all;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::testing::{Person, Reply, TestServer};
use api::response_headers::NOT_A_PAGE;

const SCRIPT: &str = "export const answer = 42;";

fn site() -> TempDir {
    let site = TempDir::new().unwrap();
    fs::create_dir(site.path().join("pkg")).unwrap();
    fs::write(site.path().join("pkg/app.js"), SCRIPT).unwrap();
    fs::write(site.path().join("pkg/app.js.br"), "compressed").unwrap();
    site
}

async fn page(visitor: &Person, path: &str) -> Reply {
    visitor.send(visitor.request(Method::GET, path).header(header::ACCEPT, "text/html")).await
}

fn content_type(reply: &Reply) -> &str {
    reply.headers[header::CONTENT_TYPE].to_str().unwrap()
}

#[tokio::test]
async fn files_do_not_get_headers_of_pages_rendered_at_the_same_time() {
    let site = site();
    let server = TestServer::with_site(site.path()).await;
    let visitor = server.visitor();
    let pages = async {
        for _ in 0..50 {
            assert_eq!(page(&visitor, "/sign-in").await.status, StatusCode::OK);
        }
    };
    let files = async {
        for _ in 0..200 {
            let file = visitor.get("/pkg/app.js").await;
            assert_eq!(
                (content_type(&file), &*file.body),
                ("text/javascript; charset=utf-8", SCRIPT)
            );
            assert_eq!(file.headers[header::CONTENT_SECURITY_POLICY], NOT_A_PAGE);
        }
    };
    tokio::join!(pages, files);
}

#[tokio::test]
async fn precompressed_file_is_sent_compressed() {
    let site = site();
    let server = TestServer::with_site(site.path()).await;
    let visitor = server.visitor();
    let request = visitor.request(Method::GET, "/pkg/app.js");
    let file = visitor.send(request.header(header::ACCEPT_ENCODING, "gzip, br")).await;
    assert_eq!(
        (&*file.body, &file.headers[header::CONTENT_ENCODING]),
        ("compressed", &"br".parse().unwrap())
    );
}

#[tokio::test]
async fn unknown_address_is_a_page_for_browsers_and_an_envelope_for_programs() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    for path in ["/nowhere", "/pkg/none.js", "/o"] {
        let shown = page(&visitor, path).await;
        assert_eq!(
            (shown.status, content_type(&shown)),
            (StatusCode::NOT_FOUND, "text/html; charset=utf-8")
        );
        assert!(shown.body.contains("Page not found"), "{shown:?}");
        assert_eq!(visitor.get(path).await.error().code, contract::ErrorCode::NotFound);
    }
}

#[tokio::test]
async fn pages_have_a_nonce_policy_and_are_not_cached_by_proxies() {
    let server = TestServer::start().await;
    let shown = page(&server.visitor(), "/sign-in").await;
    let policy = shown.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    let scripts = shown.body.matches("<script").count();
    assert!(scripts > 0);
    assert_eq!(
        shown.body.matches(&format!("nonce=\"{nonce}\"")).count(),
        scripts,
        "{}",
        shown.body
    );
    assert_eq!(shown.headers[header::CACHE_CONTROL], "private, no-store, no-transform");
    let again = page(&server.visitor(), "/sign-in").await;
    assert_ne!(again.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap(), policy);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn organization_pages_render_completely_under_load() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let body = json!({ "name": "North Wind", "slug": "north-wind" });
    let _: Value = ada.post("/organizations", &body).await.ok();
    let title = "<title>Notes · North Wind · Tributary</title>";
    for _ in 0..40 {
        let pages = (0..12).map(|_| page(&ada, "/o/north-wind/notes"));
        for shown in join_all(pages).await {
            assert_eq!(shown.status, StatusCode::OK);
            assert!(shown.body.contains(title), "{}", shown.body);
        }
    }
}

#[tokio::test]
async fn pages_render_while_other_servers_of_the_process_start() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let all_started = Cell::new(false);
    let start = async {
        for _ in 0..5 {
            server.another().await.stop().await;
        }
        all_started.set(true);
    };
    let render = async {
        while !all_started.get() {
            assert_eq!(page(&visitor, "/sign-in").await.status, StatusCode::OK);
        }
    };
    tokio::join!(start, render);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_leave_do_not_disturb_other_pages() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let body = json!({ "name": "North Wind", "slug": "north-wind" });
    let _: Value = ada.post("/organizations", &body).await.ok();
    let path = "/o/north-wind/notes";
    let leave = async {
        for wait in (0..200).map(Duration::from_micros).map(|micros| micros * 50) {
            let _ = tokio::time::timeout(wait, page(&ada, path)).await;
        }
    };
    let stay = async {
        for _ in 0..20 {
            assert_eq!(page(&ada, path).await.status, StatusCode::OK);
        }
    };
    tokio::join!(leave, stay);
}

#[tokio::test]
async fn panic_in_a_handler_is_answered_with_an_error_page() {
    async fn panics() -> &'static str {
        panic!("on purpose")
    }
    let router = super::with_request_id(Router::new().route("/", get(panics)));
    let request = Request::get("/").header(header::ACCEPT, "text/html").body(Body::empty());
    let answer = router.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert!(str::from_utf8(&body).unwrap().contains("Something went wrong"));
}

#[tokio::test]
async fn service_worker_is_cached_for_a_minute_parts_for_a_year_and_other_files_are_revalidated() {
    let site = site();
    fs::create_dir(site.path().join("pkg/parts-1f2e")).unwrap();
    fs::write(site.path().join("pkg/parts-1f2e/part.js"), "").unwrap();
    let server = TestServer::with_site(site.path()).await;
    let cache_control = async |path| {
        let file = server.visitor().get(path).await;
        let expected = (StatusCode::OK, "text/javascript; charset=utf-8");
        assert_eq!((file.status, content_type(&file)), expected);
        file.headers[header::CACHE_CONTROL].clone()
    };
    assert_eq!(cache_control("/service-worker.js").await, "private, max-age=60, no-transform");
    assert_eq!(cache_control("/pkg/app.js").await, "private, no-cache, no-transform");
    let part = cache_control("/pkg/parts-1f2e/part.js").await;
    assert_eq!(part, "private, max-age=31536000, immutable, no-transform");
    let missing = server.visitor().get("/pkg/parts-1f2e/other.js").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let kept = &missing.headers[header::CACHE_CONTROL];
    assert!(!kept.to_str().unwrap().contains("max-age"), "{kept:?}");
}

#[tokio::test]
async fn a_page_names_the_time_and_the_zone_that_it_was_rendered_in() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let rendered = async |zone: &str| {
        let request = visitor.request(Method::GET, "/sign-in").header(header::ACCEPT, "text/html");
        let cookie = format!("tributary_zone={zone}");
        visitor.send(request.header(header::COOKIE, cookie)).await.body
    };
    let html = rendered("Europe/Berlin").await;
    assert!(html.contains(" data-now=\"20"), "{html}");
    assert!(html.contains(" data-zone=\"Europe/Berlin\""), "{html}");
    for unknown in ["Nowhere/At_All", "\"><script>", ""] {
        assert!(!rendered(unknown).await.contains("data-zone"), "{unknown}");
    }
}

#[tokio::test]
async fn pages_tell_other_sites_nothing_of_their_path() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let request = visitor.request(Method::GET, "/sign-in").header("accept", "text/html");
    let reply = visitor.send(request).await;
    assert_eq!(reply.headers["referrer-policy"], "same-origin");
}
