//! Rules for every endpoint of the server, whatever crate it is in.

use std::path::{Path, PathBuf};

use contract::{ErrorCode, ResourceKind};
use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::response_headers::assert_safe;
use crate::testing::TestServer;

/// The endpoints that need no session.
const PUBLIC: [(Method, &str); 20] = [
    (Method::GET, "/healthz"),
    (Method::GET, "/readyz"),
    (Method::GET, "/metrics"),
    (Method::GET, "/service-worker.js"),
    (Method::POST, "/auth/sign-up"),
    (Method::POST, "/auth/sign-up/complete"),
    (Method::POST, "/auth/recover"),
    (Method::POST, "/auth/reset-password"),
    (Method::POST, "/auth/confirm-email"),
    (Method::GET, "/auth/links/{purpose}/{token}"),
    (Method::POST, "/auth/sign-in"),
    (Method::POST, "/auth/sign-in/code"),
    (Method::POST, "/auth/sign-out"),
    (Method::GET, "/auth/methods"),
    (Method::POST, "/auth/passkey/challenge"),
    (Method::POST, "/auth/passkey"),
    (Method::GET, "/auth/oidc"),
    (Method::GET, "/auth/oidc/callback"),
    (Method::GET, "/invitations/token/{token}"),
    // A page.
    (Method::GET, "/invitations/{id}"),
];

#[tokio::test]
async fn every_endpoint_except_public_ones_needs_a_session() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let paths = paths();
    assert!(paths.len() > 30, "{paths:?}");
    for kind in ResourceKind::ALL {
        let collection = kind.collection();
        for path in [format!("/organizations/{{id}}/{collection}"), format!("/{collection}/{{id}}")]
        {
            assert!(paths.contains(&path), "{path} is a path that the client uses");
        }
    }
    for path in paths {
        let mut has_method = false;
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let request = visitor.request(method.clone(), &with_ids(&path)).json(&json!({}));
            let reply = visitor.send(request).await;
            assert_safe(&format!("{method} {path}"), &reply.headers);
            if PUBLIC.contains(&(method.clone(), &path)) {
                has_method = true;
                continue;
            }
            if reply.status != StatusCode::METHOD_NOT_ALLOWED {
                assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{method} {path}");
                assert_eq!(reply.error().code, ErrorCode::NotSignedIn, "{method} {path}");
                has_method = true;
            }
        }
        assert!(has_method, "{path} has no method");
    }
}

/// The paths of all endpoints, from the `.route(` calls in the source.
fn paths() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = ["api", "stream"]
        .map(|name| root.join("crates").join(name))
        .into_iter()
        .chain([root.join("server")])
        .flat_map(|package| rust_files(&package.join("src")));
    let mut paths = Vec::new();
    let is_test = |file: &PathBuf| {
        file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "fixtures")
    };
    for file in files.filter(|file| !is_test(file)) {
        let source = std::fs::read_to_string(&file).unwrap();
        let dense: String = source.split_whitespace().collect();
        let routes = dense.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
        paths.extend(routes.filter(|path| path.starts_with('/')).map(str::to_owned));
    }
    paths
}

fn with_ids(path: &str) -> String {
    let with_id = |segment: &str| {
        if segment.starts_with('{') { Uuid::now_v7().to_string() } else { segment.to_owned() }
    };
    path.split('/').map(with_id).collect::<Vec<_>>().join("/")
}

/// All files below the folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}
