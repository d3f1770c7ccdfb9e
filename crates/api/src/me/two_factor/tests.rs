use contract::ErrorCode;
use contract::second_factor::{RecoveryCodes, TwoFactorView};
use reqwest::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::fixtures::two_factor::{
    App, enter_code, enter_password, expire_proofs, is_signed_in, submit, turn_on, wait_for_mail,
};
use crate::fixtures::{self, sign_in_again};
use crate::test_server::TestServer;
use testing::Person;

const ADA: &str = "ada@example.com";

async fn view(person: &Person) -> TwoFactorView {
    person.get("/me/two-factor").await.ok()
}

#[tokio::test]
async fn app_counts_only_once_one_of_its_codes_was_entered() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    assert_eq!(
        view(&ada).await,
        TwoFactorView { enabled: false, recovery_codes_left: 0, proven: true, setup: None }
    );
    ada.post("/me/two-factor/setup", json!({})).await.no_content();
    let setup = view(&ada).await.setup.unwrap();
    assert_eq!(setup.secret.replace(' ', "").len(), 32);
    assert!(setup.qr_code.starts_with("data:image/svg+xml,"), "{}", setup.qr_code);
    let _ = sign_in_again(&server, &ada).await;

    let app = App::of(&server, &ada).await;
    let wrong = json!({ "code": app.code_at(100).await });
    let error = ada.post("/me/two-factor/confirm", wrong).await.error();
    assert_eq!(error.fields["code"].code, "wrong");
    assert!(!view(&ada).await.enabled);
    let right = json!({ "code": app.code_at(0).await });
    let codes: RecoveryCodes = ada.post("/me/two-factor/confirm", &right).await.ok();
    assert_eq!(codes.recovery_codes.len(), 10);
    let now = view(&ada).await;
    assert_eq!((now.enabled, now.recovery_codes_left, now.setup), (true, 10, None));
    wait_for_mail(&server, ADA, "Two-factor authentication was turned on").await;
    let again = ada.post("/me/two-factor/confirm", &right).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let again = ada.post("/me/two-factor/setup", json!({})).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "a stolen session can't replace the app");
}

#[tokio::test]
async fn secret_is_shown_only_after_a_recent_proof() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    ada.post("/me/two-factor/setup", json!({})).await.no_content();
    expire_proofs(&server).await;
    let view = view(&ada).await;
    assert_eq!((view.proven, view.setup), (false, None));
}

#[tokio::test]
async fn recovery_codes_are_stored_as_hashes_and_answered_once() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (_, codes) = turn_on(&server, &ada).await;
    let mut expected: Vec<Vec<u8>> = codes
        .iter()
        .map(|code| Sha256::digest(code.replace('-', "").to_uppercase()).to_vec())
        .collect();
    expected.sort();
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar("select code_hash from recovery_codes order by code_hash")
            .fetch_all(&server.database.pool)
            .await
            .unwrap();
    assert_eq!(stored, expected);

    // The answer isn't kept for a repetition.
    let mutation_id = uuid::Uuid::now_v7().to_string();
    let request = || {
        ada.request(reqwest::Method::POST, "/me/two-factor/recovery-codes")
            .header("mutation-id", &mutation_id)
            .json(&json!({}))
    };
    let _: RecoveryCodes = ada.send(request()).await.ok();
    assert_eq!(ada.send(request()).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn new_recovery_codes_replace_the_former_ones() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let replace = async || ada.post("/me/two-factor/recovery-codes", json!({})).await;
    assert_eq!(replace().await.status, StatusCode::CONFLICT, "two-factor authentication is off");
    let (_, former) = turn_on(&server, &ada).await;
    let new: RecoveryCodes = replace().await.ok();
    wait_for_mail(&server, ADA, "You have new Tributary recovery codes").await;
    let visitor = enter_password(&server, ADA).await;
    assert_eq!(enter_code(&visitor, &former[0]).await.error().code, ErrorCode::InvalidFields);
    assert!(enter_code(&visitor, &new.recovery_codes[0]).await.status.is_success());
}

#[tokio::test]
async fn turning_off_ends_what_waits_for_a_code() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (_, codes) = turn_on(&server, &ada).await;
    let waiting = enter_password(&server, ADA).await;
    ada.post("/me/two-factor/turn-off", json!({})).await.no_content();
    wait_for_mail(&server, ADA, "Two-factor authentication was turned off").await;
    let _ = sign_in_again(&server, &ada).await;
    let reply = enter_code(&waiting, &codes[0]).await;
    assert_eq!(reply.error().code, ErrorCode::SignInExpired);
    assert!(!is_signed_in(&waiting).await);
    let now = view(&ada).await;
    assert_eq!((now.enabled, now.recovery_codes_left), (false, 0));
}

#[tokio::test]
async fn others_are_not_affected_and_learn_nothing() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let ben = server.person("Ben").await;
    turn_on(&server, &ada).await;
    turn_on(&server, &ben).await;
    ben.post("/me/two-factor/turn-off", json!({})).await.no_content();
    assert!(view(&ada).await.enabled);
    let wind = fixtures::create_organization(&ben, "north-wind").await;
    fixtures::add_member(&ben, wind.id, &ada).await;
    let members = ben.get("/organizations/north-wind/members").await.body;
    assert!(!members.to_lowercase().contains("factor"), "{members}");
}

#[tokio::test]
async fn form_of_another_account_changes_nothing() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let ben = server.person("Ben").await;
    turn_on(&server, &ada).await;
    let bens = json!({"user": fixtures::id_of(&ben).await.to_string()});
    let reply = submit(&ada, "/me/two-factor/turn-off", &bens).await;
    assert!(reply.headers["location"].to_str().unwrap().contains("error=other_account"));
    assert!(view(&ada).await.enabled);
    let adas = json!({"user": fixtures::id_of(&ada).await.to_string()});
    let reply = submit(&ada, "/me/two-factor/turn-off", &adas).await;
    assert_eq!(reply.headers["location"], "/account/two-factor");
    assert!(!view(&ada).await.enabled);
}
