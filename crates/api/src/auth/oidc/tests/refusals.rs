//! Answers that sign nobody in.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::StatusCode;
use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{come_back, location, sign_in, sign_in_as, visit};
use crate::fixtures::provider::{CLIENT_SECRET, TestProvider, Visit, client_of};
use crate::fixtures::two_factor::is_signed_in;
use crate::test_server::{TestServer, high_limits};
use testing::Person;

const REFUSED: &str = "/sign-in?error=provider_refused";
const UNREACHABLE: &str = "/sign-in?error=provider_unreachable";

#[tokio::test]
async fn answer_with_another_state_is_refused_and_leaves_the_request() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let browser = server.visitor();
    let visit = visit(&browser, "/auth/oidc").await;
    let path = provider.sign_in(&visit, provider.claims("Ada", &visit));
    let state = visit.parameter("state").unwrap();
    for other in
        [path.replace(state, &"0".repeat(64)), path.replace(&format!("&state={state}"), "")]
    {
        assert_eq!(come_back(&browser, &other).await, REFUSED);
    }
    assert!(!is_signed_in(&browser).await);
    assert_eq!(come_back(&browser, &path).await, "/home");
}

/// Login CSRF: somebody leads another person's browser to the end of their own sign-in.
#[tokio::test]
async fn answer_signs_in_only_in_the_browser_that_asked() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let (eve, ada) = (server.visitor(), server.visitor());
    let of_eve = visit(&eve, "/auth/oidc").await;
    let path = provider.sign_in(&of_eve, provider.claims("Eve", &of_eve));
    assert_eq!(come_back(&ada, &path).await, REFUSED);
    let _ = visit(&ada, "/auth/oidc").await;
    assert_eq!(come_back(&ada, &path).await, REFUSED);
    assert!(!is_signed_in(&ada).await);
    assert_eq!(come_back(&eve, &path).await, "/home");
}

#[tokio::test]
async fn answer_counts_once_and_not_after_it_has_expired() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let browser = server.visitor();
    let reply = browser.get("/auth/oidc").await;
    let cookie = reply.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    let with_cookie = Person::with_cookie(browser.origin().to_owned(), cookie);
    let first = Visit::read(location(&reply));
    let path = provider.sign_in(&first, provider.claims("Ada", &first));
    assert_eq!(come_back(&browser, &path).await, "/home");
    // Also for somebody who has the cookie, and with another code.
    assert_eq!(come_back(&with_cookie, &path).await, REFUSED);
    let path = provider.sign_in(&first, provider.claims("Ada", &first));
    assert_eq!(come_back(&with_cookie, &path).await, REFUSED);
    assert!(!is_signed_in(&with_cookie).await);

    let late = server.visitor();
    let visit = visit(&late, "/auth/oidc").await;
    sqlx::query("update authentication_requests set expires_at = now()")
        .execute(&server.database.pool)
        .await
        .unwrap();
    let path = provider.sign_in(&visit, provider.claims("Ada", &visit));
    assert_eq!(come_back(&late, &path).await, REFUSED);
}

#[tokio::test]
async fn token_must_be_for_this_request_and_this_server_and_valid() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let browser = server.visitor();
    for (claim, value) in [
        ("nonce", json!("0".repeat(64))),
        ("nonce", json!(null)),
        ("aud", json!("another client")),
        ("aud", json!(["tributary", "another client"])),
        ("iss", json!("https://evil.example")),
        ("exp", json!(1_000_000_000)),
        ("sub", json!("s".repeat(256))),
        ("sub", json!("")),
    ] {
        let reply = sign_in_as(&browser, &provider, "Ada", |claims| claims[claim] = value.clone());
        assert_eq!(reply.await, REFUSED, "{claim}: {value}");
    }
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn token_must_be_signed_by_the_provider() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let browser = server.visitor();
    assert_eq!(sign_in(&browser, &provider, "Ada").await, "/home");
    provider.sign_with_foreign_key();
    let browser = server.visitor();
    assert_eq!(sign_in(&browser, &provider, "Ada").await, REFUSED);
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn unsigned_tokens_and_those_signed_with_the_clients_secret_are_refused() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let browser = server.visitor();
    provider.send_instead(|claims| unsigned("none", claims) + ".");
    assert_eq!(sign_in(&browser, &provider, "Ada").await, REFUSED);
    provider.send_instead(|claims| {
        let signed = unsigned("HS256", claims);
        let mut mac = Hmac::<Sha256>::new_from_slice(CLIENT_SECRET.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
    });
    assert_eq!(sign_in(&browser, &provider, "Ada").await, REFUSED);
    assert!(!is_signed_in(&browser).await);
}

/// The part of a token that would be signed.
fn unsigned(algorithm: &str, claims: &Value) -> String {
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}", encode(&json!({ "alg": algorithm })), encode(claims))
}

#[tokio::test]
async fn configuration_of_another_issuer_or_behind_a_redirect_is_not_used() {
    let provider = TestProvider::start().await;
    for folder in ["impostor", "redirecting"] {
        let client = client_of(&format!("{}/{folder}", provider.issuer));
        let server = TestServer::with_limits_and_oidc(high_limits(), client).await;
        assert_eq!(come_back(&server.visitor(), "/auth/oidc").await, UNREACHABLE, "{folder}");
    }
}

#[tokio::test]
async fn new_keys_are_read_but_not_all_the_time() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    assert_eq!(sign_in(&server.visitor(), &provider, "Ada").await, "/home");
    assert_eq!(provider.key_reads(), 1);
    provider.rotate_key("second");
    assert_eq!(sign_in(&server.visitor(), &provider, "Ada").await, "/home");
    assert_eq!(provider.key_reads(), 2);
    provider.sign_with_unpublished_key();
    for _ in 0..3 {
        assert_eq!(sign_in(&server.visitor(), &provider, "Ada").await, REFUSED);
    }
    assert_eq!(provider.key_reads(), 2);
}

#[tokio::test]
async fn person_who_gives_up_at_the_provider_can_start_again() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let browser = server.visitor();
    let visit = visit(&browser, "/auth/oidc?next=%2Faccount").await;
    let state = visit.parameter("state").unwrap();
    let path = format!("/auth/oidc/callback?error=access_denied&state={state}");
    let back = come_back(&browser, &path).await;
    assert_eq!(back, "/sign-in?error=provider_refused&next=%2Faccount");
    assert_eq!(sign_in(&browser, &provider, "Ada").await, "/home");
}

#[tokio::test]
async fn answer_of_another_issuer_is_refused() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let browser = server.visitor();
    for (issuer, expected) in [("https://evil.example", REFUSED), (&*provider.issuer, "/home")] {
        let visit = visit(&browser, "/auth/oidc").await;
        let path = provider.sign_in(&visit, provider.claims("Ada", &visit));
        assert_eq!(come_back(&browser, &format!("{path}&iss={issuer}")).await, expected);
    }
}

#[tokio::test]
async fn provider_that_cannot_be_reached_is_named_as_the_reason() {
    let provider = TestProvider::start().await;
    let issuer = provider.issuer.clone();
    provider.stop();
    let server = TestServer::with_limits_and_oidc(high_limits(), client_of(&issuer)).await;
    let browser = server.visitor();
    assert_eq!(come_back(&browser, "/auth/oidc").await, UNREACHABLE);
    assert_eq!(
        come_back(&browser, "/auth/oidc?next=%2Faccount").await,
        "/sign-in?error=provider_unreachable&next=%2Faccount"
    );
    // Everything else works, and a node that asks later finds it.
    assert!(is_signed_in(&server.person("Ada").await).await);
    let provider = TestProvider::start_at(&issuer).await;
    let later = server.another_node(Some(client_of(&issuer))).await;
    assert_eq!(sign_in(&browser.at(later), &provider, "Grace").await, "/home");
}

#[tokio::test]
async fn sign_ins_at_the_provider_are_limited_by_address() {
    let provider = TestProvider::start().await;
    let limits = "all=1000000/1s,sign-in-by-address=2/10m".parse().unwrap();
    let server = TestServer::with_limits_and_oidc(limits, provider.client()).await;
    let browser = server.visitor();
    for _ in 0..2 {
        let _ = visit(&browser, "/auth/oidc").await;
    }
    let reply = browser.get("/auth/oidc").await;
    assert_eq!(location(&reply), "/sign-in?error=too_many");
    assert_eq!(browser.get("/me").await.status, StatusCode::UNAUTHORIZED);
}
