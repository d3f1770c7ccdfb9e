use contract::ErrorCode;
use contract::second_factor::TwoFactorView;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::fixtures::two_factor::{expire_proofs, submit, turn_on};
use crate::test_server::TestServer;
use testing::{PASSWORD, Person};

/// The changes that need a proof, without the password that some of them take.
async fn change(person: &Person, path: &str) -> testing::Reply {
    match path {
        "/me" => person.send(person.request(Method::DELETE, path)).await,
        _ => person.post(path, json!({})).await,
    }
}

async fn prove(person: &Person, body: Value) -> testing::Reply {
    person.post("/me/proof", body).await
}

#[tokio::test]
async fn sensitive_changes_need_a_recent_proof() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    expire_proofs(&server).await;
    for path in [
        "/me/two-factor/setup",
        "/me/two-factor/confirm",
        "/me/two-factor/recovery-codes",
        "/me/two-factor/turn-off",
        "/me",
    ] {
        let reply = change(&ada, path).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}: {reply:?}");
        assert_eq!(reply.error().code, ErrorCode::ProofRequired, "{path}");
    }
    let error = prove(&ada, json!({"password": "not my password"})).await.error();
    assert_eq!(error.fields["password"].code, "wrong");
    assert_eq!(change(&ada, "/me").await.error().code, ErrorCode::ProofRequired);
    prove(&ada, json!({"password": PASSWORD})).await.no_content();
    change(&ada, "/me").await.no_content();
}

#[tokio::test]
async fn proof_counts_for_its_session_only() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    expire_proofs(&server).await;
    let phone = crate::fixtures::sign_in_again(&server, &ada).await;
    assert_eq!(change(&ada, "/me").await.error().code, ErrorCode::ProofRequired);
    change(&phone, "/me/two-factor/setup").await.no_content();
}

#[tokio::test]
async fn session_from_before_proofs_has_none() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    sqlx::query("update session_tokens set proven_at = null")
        .execute(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(change(&ada, "/me").await.error().code, ErrorCode::ProofRequired);
}

#[tokio::test]
async fn with_two_factor_authentication_the_password_is_not_enough() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (app, recovery_codes) = turn_on(&server, &ada).await;
    expire_proofs(&server).await;
    let error = prove(&ada, json!({"password": PASSWORD})).await.error();
    assert_eq!(error.fields["code"].code, "required");
    let new_password = json!({"current": PASSWORD, "new": "another horse battery"});
    let error = ada.post("/me/password", &new_password).await.error();
    assert_eq!(error.code, ErrorCode::ProofRequired);
    let new_address = json!({"email": "countess@example.com", "password": PASSWORD});
    let error = ada.post("/me/email", &new_address).await.error();
    assert_eq!(error.code, ErrorCode::ProofRequired);

    let code = app.unused_code().await;
    prove(&ada, json!({ "code": code })).await.no_content();
    let error = prove(&ada, json!({ "code": code })).await.error();
    assert_eq!(error.fields["code"].code, "wrong", "a code is accepted once");
    assert_eq!(ada.post("/me/email", &new_address).await.status, StatusCode::ACCEPTED);
    ada.post("/me/password", &new_password).await.no_content();

    expire_proofs(&server).await;
    prove(&ada, json!({ "code": recovery_codes[0] })).await.no_content();
    let view: TwoFactorView = ada.get("/me/two-factor").await.ok();
    assert_eq!((view.proven, view.recovery_codes_left), (true, 9));
}

#[tokio::test]
async fn proofs_are_limited_by_account() {
    let limits = "all=1000000/1s,step-up-by-account=2/1h".parse().unwrap();
    let server = TestServer::with_limits(limits).await;
    let ada = server.person("Ada").await;
    expire_proofs(&server).await;
    for _ in 0..2 {
        prove(&ada, json!({"password": "not my password"})).await.error();
    }
    let reply = prove(&ada, json!({"password": PASSWORD})).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(change(&ada, "/me").await.error().code, ErrorCode::ProofRequired);
}

#[tokio::test]
async fn form_is_redirected_to_the_page_that_needed_the_proof() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let next = "/account/two-factor";
    let wrong = json!({"password": "not my password", "next": next});
    let reply = submit(&ada, "/me/proof", &wrong).await;
    assert_eq!(
        reply.headers["location"],
        "/confirm?error=invalid_fields&field=password&next=%2Faccount%2Ftwo-factor"
    );
    let reply = submit(&ada, "/me/proof", &json!({"password": PASSWORD, "next": next})).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(reply.headers["location"], next);
}
