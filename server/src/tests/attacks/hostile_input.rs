//! Hostile texts, bodies and parameters on every route: each is refused, and none makes the server fail.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::testing::{Reply, TestServer};
use crate::tests::access::cast::{Cast, Role};
use crate::tests::access::samples::Sample;
use crate::tests::access::table;

/// Texts that break lines, end strings, turn the writing direction, show nothing, or are too long.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "a\r\nSet-Cookie: a=b",
        "a\nb",
        "a\0b",
        "\u{202E}gnp.exe",
        "\u{200B}",
        "\u{FEFF}",
        "\u{FFF9}",
    ]
    .map(str::to_owned)
    .into();
    texts.push("a".repeat(20_000));
    texts
}

/// The fields in which every character is allowed: nobody sees them, and only hashes are stored.
const SECRETS: [&str; 4] = ["password", "current", "new", "token"];

#[tokio::test]
async fn hostile_texts_are_refused_in_every_field() {
    let server = TestServer::start().await;
    let cast = Cast::on(&server, 0).await;
    let mut fields = 0;
    for route in table() {
        let sample = Sample::of(&route, &cast);
        let Some(Value::Object(body)) = sample.json() else { continue };
        for (field, value) in body {
            let is_list = value.is_array();
            if !(value.is_string() || is_list) {
                continue;
            }
            fields += 1;
            for text in hostile_texts() {
                let mut body = body.clone();
                body[field] = if is_list { json!([text]) } else { json!(text) };
                let role =
                    if sample.path.contains("/invitations/") { Role::Invited } else { Role::Admin };
                let person = cast.person(role);
                let before = cast.fingerprint().await;
                let reply = person.send(sample.request_with(person, &Value::Object(body))).await;
                let what = format!("{} {}: {field} = {text:.40?}", route.method, route.path);
                assert!(!reply.status.is_server_error(), "{what}: {reply:?}");
                assert!(!reply.headers.contains_key("a"), "{what}: {reply:?}");
                if !SECRETS.contains(&field.as_str()) {
                    assert!(reply.status.is_client_error(), "{what}: {reply:?}");
                    assert_eq!(cast.fingerprint().await, before, "{what} changed something");
                }
            }
        }
    }
    assert!(fields > 15, "{fields}");
}

#[tokio::test]
async fn oversized_nested_and_odd_bodies_are_refused_by_every_route() {
    let server = TestServer::start().await;
    let cast = Cast::on(&server, 0).await;
    let oversized = format!(r#"{{"name":"{}"}}"#, "a".repeat(3 << 20));
    let nested = "[".repeat(30_000);
    let nested_objects = r#"{"a":"#.repeat(10_000);
    let bodies =
        [&oversized, nested.as_str(), &nested_objects, "[]", "1", "\"text\"", "{\"\":", "\0"];
    for route in table() {
        let sample = Sample::of(&route, &cast);
        if sample.json().is_none_or(|body| body == &json!({})) {
            continue;
        }
        for body in bodies {
            let person = cast.person(Role::Admin);
            let before = cast.fingerprint().await;
            let request = sample
                .request_without_body(person)
                .header("content-type", "application/json")
                .body(body.to_owned());
            let what = format!("{} {} with {body:.20}", route.method, route.path);
            let reply = person.send(request).await;
            assert!(reply.status.is_client_error(), "{what}: {reply:?}");
            // Some routes answer alike whatever the body is, and don't read it.
            if body == oversized && !sample.is_served(reply.status) {
                assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{what}: {reply:?}");
            }
            assert_eq!(cast.fingerprint().await, before, "{what} changed something");
        }
    }
}

#[tokio::test]
async fn hostile_parameters_are_refused_or_ignored_by_every_route() {
    let server = TestServer::start().await;
    let cast = Cast::on(&server, 0).await;
    let values =
        ["%00", "%0d%0aSet-Cookie:a=b", "%ff", "-1", "99999999999999999999", "'", "%25", ""];
    for route in table() {
        if route.method != Method::GET {
            continue;
        }
        let sample = Sample::of(&route, &cast);
        for name in ["q", "after", "limit", "cursor", "person", "kind", "since", "sort"] {
            for value in values {
                let path = format!("{}?{name}={value}", sample.path);
                let reply = status_of(&cast, &path).await;
                assert!(!reply.status.is_server_error(), "GET {path}: {reply:?}");
                assert!(!reply.headers.contains_key("a"), "GET {path}: {reply:?}");
            }
        }
    }
}

#[tokio::test]
async fn hostile_ids_name_nothing() {
    let server = TestServer::start().await;
    let cast = Cast::on(&server, 0).await;
    let ids = ["%00", "..%2f..%2fetc%2fpasswd", "%0d%0a", "%ff", "'--", "%F0%9F%92%A3"];
    for route in table() {
        if !route.path.contains('{') {
            continue;
        }
        for id in ids {
            let path: Vec<&str> = route
                .path
                .split('/')
                .map(|segment| if segment.starts_with('{') { id } else { segment })
                .collect();
            let path = path.join("/");
            let person = cast.person(Role::Admin);
            let request = person.request(route.method.clone(), &path).json(&json!({}));
            let reply = person.send(request).await;
            assert!(reply.status.is_client_error(), "{} {path}: {reply:?}", route.method);
        }
    }
}

/// The answer to an admin's request. A stream's body isn't read, since it doesn't end.
async fn status_of(cast: &Cast, path: &str) -> Reply {
    let response = cast.person(Role::Admin).request(Method::GET, path).send().await.unwrap();
    Reply { status: response.status(), headers: response.headers().clone(), body: String::new() }
}
