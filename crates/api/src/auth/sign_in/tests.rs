use std::time::Instant;

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use contract::ErrorCode;
use contract::view::{List, Me, SessionView};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::auth::password;
use crate::fixtures;
use crate::test_server::TestServer;
use testing::PASSWORD;

#[tokio::test]
async fn email_case_is_ignored_when_signing_in() {
    let server = TestServer::start().await;
    server.person("Ada").await;
    let visitor = server.visitor();
    let body = json!({"email": "ADA@example.com", "password": PASSWORD});
    let me: Me = visitor.post("/auth/sign-in", &body).await.ok();
    assert_eq!(me.user.name.as_str(), "Ada");
    let again: Me = visitor.get("/me").await.ok();
    assert_eq!(again.user, me.user);
}

#[tokio::test]
async fn both_spellings_of_an_international_domain_sign_in() {
    let server = TestServer::start().await;
    let account = json!({"name": "Ada", "email": "ada@xn--bcher-kva.example"});
    let ada: Me = server.visitor().sign_up_as(account, server.mail_folder.path()).await.ok();
    let email = ada.user.email.as_ref().unwrap();
    assert_eq!(email.as_str(), "ada@xn--bcher-kva.example");
    for email in ["ada@BÜCHER.example", email.as_str()] {
        let body = json!({"email": email, "password": PASSWORD});
        let me: Me = server.visitor().post("/auth/sign-in", &body).await.ok();
        assert_eq!(me.user.id, ada.user.id);
    }
}

#[tokio::test]
async fn wrong_password_and_unknown_email_get_the_same_error() {
    let server = TestServer::start().await;
    server.person("Ada").await;
    let visitor = server.visitor();
    let mut answers = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        let body = json!({"email": email, "password": "not the password"});
        let reply = visitor.post("/auth/sign-in", &body).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert!(!reply.headers.contains_key("set-cookie"));
        answers.push((reply.error().code, reply.error().message));
    }
    assert_eq!(answers[0].0, ErrorCode::WrongCredentials);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn signing_in_again_replaces_the_browsers_session() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let before: List<SessionView> = ada.get("/me/sessions").await.ok();
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let _: Me = ada.post("/auth/sign-in", &body).await.ok();
    let after: List<SessionView> = ada.get("/me/sessions").await.ok();
    assert_eq!(after.total, 1);
    assert_ne!(after.items[0].id, before.items[0].id);
    assert!(after.items[0].current);
}

#[tokio::test]
async fn form_signs_in_and_redirects_to_next() {
    let server = TestServer::start().await;
    server.person("Ada").await;
    let visitor = server.visitor();
    let body = format!(
        "email=ada%40example.com&password={}&next=%2Fo%2Fnorth",
        PASSWORD.replace(' ', "+")
    );
    let request = visitor
        .request(Method::POST, "/auth/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    let reply = visitor.send(request).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(reply.headers["location"], "/o/north");
    let _: Me = visitor.get("/me").await.ok();
}

#[tokio::test]
async fn form_with_wrong_password_redirects_back() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let request = visitor
        .request(Method::POST, "/auth/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("email=ada%40example.com&password=not+the+password");
    let reply = visitor.send(request).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let location = reply.headers["location"].to_str().unwrap();
    assert_eq!(location, "/sign-in?error=wrong_credentials&email=ada%40example.com");
}

#[tokio::test]
async fn signing_out_ends_only_this_session() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let phone = fixtures::sign_in_again(&server, &ada).await;
    let reply = ada.send(ada.request(Method::POST, "/auth/sign-out")).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
    let _: Me = phone.get("/me").await.ok();
    // Signing out twice is no error.
    ada.post("/auth/sign-out", &json!({})).await.no_content();
}

#[tokio::test]
async fn password_hash_with_former_parameters_is_replaced() {
    let server = TestServer::start().await;
    server.person("Ada").await;
    let pool = &server.database.pool;
    let weak =
        Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
    let hash = weak.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    sqlx::query("update credentials set password_hash = $1")
        .bind(hash)
        .execute(pool)
        .await
        .unwrap();
    for _ in 0..2 {
        let body = json!({"email": "ada@example.com", "password": PASSWORD});
        let _: Me = server.visitor().post("/auth/sign-in", &body).await.ok();
    }
    let stored: String =
        sqlx::query_scalar("select password_hash from credentials").fetch_one(pool).await.unwrap();
    assert!(!password::needs_rehash(&stored), "{stored}");
}

/// The shortest of several, because other tests delay single ones.
#[tokio::test]
async fn known_and_unknown_addresses_take_the_same_time() {
    let server = TestServer::start().await;
    server.person("Ada").await;
    let visitor = server.visitor();
    let measure = async |path: &str, body: &serde_json::Value| {
        let start = Instant::now();
        visitor.post(path, body).await;
        start.elapsed().as_secs_f64()
    };
    for (path, rest) in [
        ("/auth/sign-in", json!({"password": "not the password"})),
        ("/auth/recover", json!({})),
        ("/auth/sign-up", json!({"name": "Ada"})),
    ] {
        let body = |email: &str| {
            let mut body = rest.clone();
            body["email"] = email.into();
            body
        };
        let (known_body, unknown_body) = (body("ada@example.com"), body("nobody@example.com"));
        let (mut known, mut unknown) = (f64::MAX, f64::MAX);
        // In turns, and until the shortest times agree: what else the machine does only makes them longer.
        for round in 1.. {
            if round % 30 == 0 {
                // One of them may have had the machine for itself, once.
                (known, unknown) = (f64::MAX, f64::MAX);
            }
            known = known.min(measure(path, &known_body).await);
            unknown = unknown.min(measure(path, &unknown_body).await);
            // Finer than what a network shows, and much finer than a hash takes.
            let agree = (known - unknown).abs() < 0.25 * known.max(unknown) + 0.004;
            if agree && round % 30 >= 9 {
                break;
            }
            assert!(round < 150, "{path}: {known} s and {unknown} s");
        }
    }
}
