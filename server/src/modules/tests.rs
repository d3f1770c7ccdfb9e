//! What holds for every endpoint.

use std::path::{Path, PathBuf};
use std::time::Duration;

use app::contract::view::Me;
use app::contract::{ErrorCode, HeldKind, MutationId, Name, UserId};
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tower::ServiceExt;
use uuid::Uuid;

use super::*;
use crate::testing::{TestDatabase, TestServer};

/// What only the CDC worker, the log and the stream know. Handlers change tables; that is all.
const FORBIDDEN: [&str; 12] = [
    "ActivityBus",
    "NewActivity",
    "Streams",
    "Writer",
    "activities",
    "bus",
    "cdc",
    "cdc_state",
    "pg_notify",
    "notify",
    "stream",
    "tail",
];

#[tokio::test]
async fn the_database_takes_the_same_names_as_the_type() {
    let others = ["", &"ü".repeat(100), &"ü".repeat(101)];
    fixtures::same_texts("name_text", Name::parse, "Ada", &others).await;
}

#[test]
fn no_module_names_the_stream_or_the_bus() {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/modules");
    let files = rust_files(&modules);
    assert!(files.len() > 30, "the modules have moved: {}", modules.display());
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let found = forbidden_names(&source);
        assert!(found.is_empty(), "{} names {found:?}", file.display());
    }
}

#[test]
fn the_check_sees_through_groups_renames_and_line_breaks() {
    for source in [
        "use crate::stream::Streams;",
        "use crate::{\n    db,\n    stream,\n};",
        "use crate::{activity::{bus as b, log}};",
        "use crate::activity::*;",
        "let x = crate::activity::tail::run();",
        "sqlx::query(\"select pg_notify('x', '')\")",
        "sqlx::query(\"NOTIFY x\")",
        "use super::super::stream;",
    ] {
        assert!(!forbidden_names(source).is_empty(), "{source}");
    }
    for source in [
        "// The stream will hear of it.",
        "/// Resumes the stream.\nuse crate::activity::log;",
        "let upstream = 1; let busy = 2; let details = 3;",
        "use crate::{clock::Clock, db::actor};",
    ] {
        assert_eq!(forbidden_names(source), Vec::<String>::new(), "{source}");
    }
}

/// All source files below the folder, and its `foo.rs`; but not this one, which names them all.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![folder.with_extension("rs")];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.retain(|file| *file != folder.join("tests.rs"));
    files
}

/// The forbidden words of a source text, lines of comment aside; and imports of a whole module
/// that holds them.
fn forbidden_names(source: &str) -> Vec<String> {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let code = source.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut found: Vec<String> = words
        .filter(|word| FORBIDDEN.iter().any(|forbidden| forbidden.eq_ignore_ascii_case(word)))
        .map(str::to_owned)
        .collect();
    let dense: String = code.split_whitespace().collect();
    found.extend(
        ["crate::*", "activity::*", "activityas", "activity::{self", "crateas"]
            .into_iter()
            .filter(|import| dense.contains(import))
            .map(str::to_owned),
    );
    found
}

/// What is for everybody.
const OPEN: [(Method, &str); 8] = [
    (Method::GET, "/healthz"),
    (Method::GET, "/readyz"),
    (Method::GET, "/metrics"),
    (Method::POST, "/auth/sign-up"),
    (Method::POST, "/auth/sign-in"),
    (Method::POST, "/auth/sign-out"),
    (Method::GET, "/invitations/token/{token}"),
    // A page.
    (Method::GET, "/invitations/{id}"),
];

#[tokio::test]
async fn every_endpoint_but_those_for_everybody_needs_a_session() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let paths = paths();
    assert!(paths.len() > 30, "{paths:?}");
    for held in HeldKind::ALL {
        let collection = held.collection();
        for path in [format!("/organizations/{{id}}/{collection}"), format!("/{collection}/{{id}}")]
        {
            assert!(paths.contains(&path), "{path} is what the client asks for");
        }
    }
    for path in paths {
        let mut is_there = false;
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if OPEN.contains(&(method.clone(), &path)) {
                is_there = true;
                continue;
            }
            let request = visitor.request(method.clone(), &with_ids(&path)).json(&json!({}));
            let reply = visitor.send(request).await;
            if reply.status != StatusCode::METHOD_NOT_ALLOWED {
                assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{method} {path}");
                assert_eq!(reply.error().code, ErrorCode::NotSignedIn, "{method} {path}");
                is_there = true;
            }
        }
        assert!(is_there, "{path} has no method");
    }
}

/// The addresses of all endpoints, as the source says them.
fn paths() -> Vec<String> {
    let files = rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let mut paths = Vec::new();
    for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
        // Of a folder there need not be a file of the same name.
        let source = std::fs::read_to_string(file).unwrap_or_default();
        let dense: String = source.split_whitespace().collect();
        let routes = dense.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
        paths.extend(routes.filter(|path| path.starts_with('/')).map(str::to_owned));
    }
    paths
}

fn with_ids(path: &str) -> String {
    let part = |part: &str| {
        if part.starts_with('{') { Uuid::now_v7().to_string() } else { part.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn a_request_from_another_site_changes_nothing() {
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
async fn bodies_that_cant_be_read_are_answered_in_the_envelope() {
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
async fn answers_are_nobody_elses_to_keep() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    assert_eq!(ada.get("/me").await.headers["cache-control"], "private, no-store");
}

#[tokio::test]
async fn a_page_may_have_the_address_of_an_endpoint_with_another_method() {
    let database = TestDatabase::create().await;
    let settings = Settings { secure: false };
    let api = Api { pool: database.pool.clone(), clock: Clock::system(), settings };
    let pages = Router::new().route("/invitations/{id}", get(|| async { "a page" })).layer(
        SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'self'"),
        ),
    );
    let router = router(api).merge(pages);
    let ask = async |method: Method| {
        let request = Request::builder().method(method).uri("/invitations/1").body(Body::empty());
        router.clone().oneshot(request.unwrap()).await.unwrap().status()
    };
    assert_eq!(ask(Method::GET).await, StatusCode::OK);
    assert_eq!(ask(Method::DELETE).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(Method::PUT).await, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_actor_and_the_mutation_reach_the_log() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let me: Me = ada.get("/me").await.ok();
    until(async || follows_the_wal(&server.database).await).await;
    let mutation = MutationId::from_uuid(Uuid::now_v7());
    let request = ada
        .request(Method::POST, "/organizations")
        .header("mutation-id", mutation.to_string())
        .json(&json!({"name": "North Wind", "slug": "north-wind"}));
    assert!(ada.send(request).await.status.is_success());
    let pool = &server.database.pool;
    until(async || !logged(pool, mutation).await.is_empty()).await;
    let expected = ["organization", "membership"].map(|kind| (kind.to_owned(), me.user.id));
    assert_eq!(logged(pool, mutation).await, expected);
}

/// Kind and actor of what the mutation did.
async fn logged(pool: &PgPool, mutation: MutationId) -> Vec<(String, UserId)> {
    sqlx::query_as("select kind, actor_id from activities where mutation_id = $1 order by id")
        .bind(mutation)
        .fetch_all(pool)
        .await
        .unwrap()
}

async fn follows_the_wal(database: &TestDatabase) -> bool {
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
    tokio::time::timeout(Duration::from_secs(15), poll).await.expect("it is so sooner or later");
}
