use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::testing::{Person, Reply, TestServer};

/// Words of the details. None of them may be in a public answer.
const DETAILS: [&str; 8] =
    ["status", "reasons", "cursor", "cdc", "role", "lagMs", "streams", "wal"];

#[track_caller]
fn assert_bare(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(serde_json::from_str::<Value>(&reply.body).unwrap(), json!({ "ready": true }));
}

#[track_caller]
fn assert_detailed(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::OK);
    let report: Value = serde_json::from_str(&reply.body).unwrap();
    for field in DETAILS {
        assert!(report.get(field).is_some() || field == "wal", "{field} isn't in {report}");
    }
}

async fn get_with(visitor: &Person, path: &str, name: &str, value: &str) -> Reply {
    visitor.send(visitor.request(Method::GET, path).header(name, value)).await
}

#[tokio::test]
async fn details_and_metrics_are_on_the_admin_listener_only() {
    let server = TestServer::with_config(|config| crate::config::Config {
        admin_address: Some(([127, 0, 0, 1], 0).into()),
        ..config
    })
    .await;
    let (public, admin) = (server.visitor(), server.monitor());
    assert_bare(&public.get("/readyz").await);
    let refused = public.get("/metrics").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert!(!refused.body.contains("tributary_"), "{refused:?}");

    assert_detailed(&admin.get("/readyz").await);
    let metrics = admin.get("/metrics").await;
    assert_eq!(metrics.status, StatusCode::OK);
    assert!(metrics.body.contains("tributary_ready 1"), "{metrics:?}");
    assert_eq!(metrics.headers["cache-control"], "private, no-store, no-transform");
    for monitor in [&public, &admin] {
        let health = monitor.get("/healthz").await;
        assert_eq!((health.status, &*health.body), (StatusCode::OK, "ok"));
    }
    for path in ["/", "/me", "/sign-in", "/organizations", "/auth/sign-in", "/system/state"] {
        assert_eq!(admin.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn without_an_admin_address_only_this_machine_reads_details() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    assert_detailed(&visitor.get("/readyz").await);
    assert_eq!(visitor.get("/metrics").await.status, StatusCode::OK);
    for (name, value) in [
        ("host", "192.168.1.5:3000"),
        ("host", "workstation"),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
    ] {
        assert_bare(&get_with(&visitor, "/readyz", name, value).await);
        let metrics = get_with(&visitor, "/metrics", name, value).await;
        assert_eq!(metrics.status, StatusCode::NOT_FOUND, "{name}: {value}");
    }
}

#[tokio::test]
async fn server_that_others_reach_tells_nobody_details_without_an_admin_address() {
    let server = TestServer::with_config(|config| crate::config::Config {
        public_url: Some("https://tributary.example.com".to_owned()),
        ..config
    })
    .await;
    let visitor = server.visitor();
    assert_bare(&visitor.get("/readyz").await);
    assert_eq!(visitor.get("/metrics").await.status, StatusCode::NOT_FOUND);
}
