//! Signing in at the provider as a proof before sensitive changes.

use contract::ErrorCode;
use contract::sign_in_methods::SignInMethods;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{come_back, sign_in, sign_in_as, visit};
use crate::fixtures::provider::TestProvider;
use crate::fixtures::two_factor::{expire_proofs, turn_on};
use crate::test_server::TestServer;
use testing::Person;

/// Signs in at the provider again, as somebody with these claims. Returns where the answer redirects to.
async fn confirm(
    browser: &Person,
    provider: &TestProvider,
    name: &str,
    change: impl FnOnce(&mut Value),
) -> String {
    let visit = visit(browser, "/auth/oidc/confirm?next=%2Faccount").await;
    assert_eq!(visit.parameter("prompt"), Some("login"));
    assert_eq!(visit.parameter("max_age"), Some("0"));
    let mut claims = provider.claims(name, &visit);
    change(&mut claims);
    come_back(browser, &provider.sign_in(&visit, claims)).await
}

async fn change_address(person: &Person) -> testing::Reply {
    person.post("/me/email", json!({ "email": "lovelace@example.com" })).await
}

async fn methods(person: &Person) -> SignInMethods {
    person.get("/me/sign-in-methods").await.ok()
}

#[tokio::test]
async fn signing_in_again_at_the_provider_is_a_proof() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.visitor();
    assert_eq!(sign_in(&ada, &provider, "Ada").await, "/home");
    let methods = methods(&ada).await;
    assert!(!methods.two_factor && !methods.password && methods.identities[0].usable);
    expire_proofs(&server).await;
    assert_eq!(change_address(&ada).await.error().code, ErrorCode::ProofRequired);
    assert_eq!(confirm(&ada, &provider, "Ada", |_| {}).await, "/account");
    assert_eq!(change_address(&ada).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn former_sign_in_at_the_provider_is_no_proof() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.visitor();
    assert_eq!(sign_in(&ada, &provider, "Ada").await, "/home");
    expire_proofs(&server).await;
    let refused = "/confirm?error=provider_sign_in_not_recent&next=%2Faccount";
    let former = |claims: &mut Value| {
        claims["auth_time"] = json!(claims["auth_time"].as_i64().unwrap() - 120);
    };
    assert_eq!(confirm(&ada, &provider, "Ada", former).await, refused);
    let unknown = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove("auth_time"));
    assert_eq!(confirm(&ada, &provider, "Ada", unknown).await, refused);
    assert_eq!(change_address(&ada).await.error().code, ErrorCode::ProofRequired);
}

#[tokio::test]
async fn session_is_proven_only_since_its_user_signed_in_at_the_provider() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ages: [(Option<i64>, StatusCode); 3] = [
        (Some(60), StatusCode::ACCEPTED),
        (Some(660), StatusCode::FORBIDDEN),
        (None, StatusCode::FORBIDDEN),
    ];
    for (age, expected) in ages {
        let browser = server.visitor();
        let signed_in = |claims: &mut Value| {
            claims["auth_time"] = json!(age.map(|age| claims["iat"].as_i64().unwrap() - age));
        };
        assert_eq!(sign_in_as(&browser, &provider, "Ada", signed_in).await, "/home");
        assert_eq!(change_address(&browser).await.status, expected, "{age:?} s");
    }
}

#[tokio::test]
async fn somebody_else_at_the_provider_is_no_proof() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.visitor();
    assert_eq!(sign_in(&ada, &provider, "Ada").await, "/home");
    expire_proofs(&server).await;
    let refused = "/confirm?error=provider_other_person&next=%2Faccount";
    assert_eq!(confirm(&ada, &provider, "Eve", |_| {}).await, refused);

    // Nor is an answer that arrives once another session uses the browser.
    let visit = visit(&ada, "/auth/oidc/confirm?next=%2Faccount").await;
    let path = provider.sign_in(&visit, provider.claims("Ada", &visit));
    let body = json!({ "email": "ada@example.com" });
    server.visitor().post("/auth/recover", body).await;
    let token = server.mailed_token("ada@example.com", "reset-password").await;
    let body = json!({ "token": token, "password": "another horse battery" });
    assert!(ada.post("/auth/reset-password", body).await.status.is_success());
    assert_eq!(come_back(&ada, &path).await, "/sign-in?error=provider_refused");
}

#[tokio::test]
async fn with_two_factor_authentication_the_provider_is_no_proof() {
    let provider = TestProvider::start().await;
    let server = TestServer::with_provider(&provider).await;
    let ada = server.visitor();
    assert_eq!(sign_in(&ada, &provider, "Ada").await, "/home");
    turn_on(&server, &ada).await;
    assert!(methods(&ada).await.two_factor);
    expire_proofs(&server).await;
    let refused = "/confirm?error=proof_required&next=%2Faccount";
    assert_eq!(confirm(&ada, &provider, "Ada", |_| {}).await, refused);
    assert_eq!(change_address(&ada).await.error().code, ErrorCode::ProofRequired);
}
