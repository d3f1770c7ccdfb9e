use contract::ErrorCode;
use contract::passkey::PasskeyOptions;
use contract::sign_in_methods::{OfferedMethods, SignInMethods};
use contract::view::Me;
use reqwest::StatusCode;
use serde_json::json;

use crate::fixtures::id_of;
use crate::fixtures::passkey::{Authenticator, add, challenge, sign_in};
use crate::fixtures::two_factor::{expire_proofs, is_signed_in, turn_on, wait_for_mail};
use crate::test_server::TestServer;
use testing::{Person, Reply};

const ADA: &str = "ada@example.com";

/// A browser that isn't signed in, on a page of `localhost`.
fn visitor(server: &TestServer) -> Person {
    Person::new(server.origin_of_localhost())
}

async fn person(server: &TestServer, name: &str) -> Person {
    let visitor = visitor(server);
    visitor.sign_up(name, server.mail_folder.path()).await;
    visitor
}

async fn methods(person: &Person) -> SignInMethods {
    person.get("/me/sign-in-methods").await.ok()
}

#[track_caller]
fn assert_refused(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{reply:?}");
    assert_eq!(reply.error().code, ErrorCode::PasskeyRefused);
}

#[tokio::test]
async fn passkey_signs_its_owner_in_and_the_owner_is_told_of_it() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    let mut authenticator = add(&ada, "Phone").await;
    wait_for_mail(&server, ADA, "A passkey was added").await;
    let browser = visitor(&server);
    let me: Me = sign_in(&browser, &mut authenticator).await.ok();
    assert_eq!(me.user.id, id_of(&ada).await);
    assert!(is_signed_in(&browser).await);
    let passkeys = methods(&ada).await.passkeys;
    assert_eq!(passkeys.len(), 1);
    assert_eq!(passkeys[0].name.as_str(), "Phone");
    assert!(passkeys[0].last_used_at.is_some());
}

#[tokio::test]
async fn passkey_is_both_factors_and_a_recent_proof() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    turn_on(&server, &ada).await;
    let mut authenticator = add(&ada, "Phone").await;
    let browser = visitor(&server);
    let reply = sign_in(&browser, &mut authenticator).await;
    assert_eq!(reply.status, StatusCode::OK, "no code is asked for: {reply:?}");
    assert!(methods(&browser).await.proven);

    expire_proofs(&server).await;
    assert!(!methods(&browser).await.proven);
    prove(&browser, &mut authenticator).await.no_content();
    assert!(methods(&browser).await.proven);
}

async fn prove(person: &Person, authenticator: &mut Authenticator) -> Reply {
    let options: PasskeyOptions = person.post("/me/proof/passkey/challenge", json!({})).await.ok();
    let credential = authenticator.get(&options).await;
    person.post("/me/proof/passkey", json!({ "credential": credential })).await
}

#[tokio::test]
async fn passkey_of_somebody_else_is_no_proof() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    let grace = person(&server, "Grace").await;
    let mut of_grace = add(&grace, "Phone").await;
    expire_proofs(&server).await;
    assert_refused(&prove(&ada, &mut of_grace).await);
    assert!(!methods(&ada).await.proven);
}

#[tokio::test]
async fn challenge_counts_once_in_its_browser_and_not_after_it_has_expired() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    let mut authenticator = add(&ada, "Phone").await;
    let (browser, other) = (visitor(&server), visitor(&server));
    let answer = json!({ "credential": authenticator.get(&challenge(&browser).await).await });
    assert_refused(&other.post("/auth/passkey", &answer).await);
    let _ = challenge(&other).await;
    assert_refused(&other.post("/auth/passkey", &answer).await);
    let _: Me = browser.post("/auth/passkey", &answer).await.ok();
    assert_refused(&browser.post("/auth/passkey", &answer).await);

    let late = visitor(&server);
    let answer = json!({ "credential": authenticator.get(&challenge(&late).await).await });
    sqlx::query("update passkey_ceremonies set expires_at = now()")
        .execute(&server.database.pool)
        .await
        .unwrap();
    assert_refused(&late.post("/auth/passkey", &answer).await);
    assert!(!is_signed_in(&late).await);
}

#[tokio::test]
async fn another_node_finishes_a_sign_in() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    let authenticator = add(&ada, "Phone").await;
    let browser = visitor(&server);
    let options = challenge(&browser).await;
    let other = server.another_node(None).await.replace("127.0.0.1", "localhost");
    let body = json!({ "credential": authenticator.at(&other).get(&options).await });
    let _: Me = browser.at(other).post("/auth/passkey", body).await.ok();
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn copy_of_a_passkey_is_refused_when_its_counter_is_behind() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    let mut authenticator = add(&ada, "Phone").await;
    let mut copy = authenticator.clone();
    for _ in 0..2 {
        let _: Me = sign_in(&visitor(&server), &mut authenticator).await.ok();
    }
    let browser = visitor(&server);
    assert_refused(&sign_in(&browser, &mut copy).await);
    assert!(!is_signed_in(&browser).await);
    let _: Me = sign_in(&browser, &mut authenticator).await.ok();
}

#[tokio::test]
async fn authenticator_must_verify_its_user_on_a_page_of_this_server() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    let authenticator = add(&ada, "Phone").await;
    let browser = visitor(&server);
    assert_refused(&sign_in(&browser, &mut authenticator.without_verification()).await);
    let elsewhere = "http://localhost:1";
    assert_refused(&sign_in(&browser, &mut authenticator.at(elsewhere)).await);
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn passkey_of_a_deleted_account_signs_nobody_in() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    let mut authenticator = add(&ada, "Phone").await;
    ada.delete("/me").await.no_content();
    assert_refused(&sign_in(&visitor(&server), &mut authenticator).await);
}

#[tokio::test]
async fn adding_and_removing_need_a_recent_proof() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    let mut authenticator = add(&ada, "Phone").await;
    let remove = json!({ "passkey": methods(&ada).await.passkeys[0].id });
    expire_proofs(&server).await;
    for (path, body) in
        [("/me/passkeys/challenge", json!({})), ("/me/passkeys/remove", remove.clone())]
    {
        assert_eq!(ada.post(path, &body).await.error().code, ErrorCode::ProofRequired, "{path}");
    }
    let rename = json!({ "passkey": remove["passkey"], "name": "Old phone" });
    ada.post("/me/passkeys/rename", &rename).await.no_content();
    assert_eq!(methods(&ada).await.passkeys[0].name.as_str(), "Old phone");

    let grace = person(&server, "Grace").await;
    for (path, body) in [("/me/passkeys/rename", &rename), ("/me/passkeys/remove", &remove)] {
        assert_eq!(grace.post(path, body).await.error().code, ErrorCode::NotFound, "{path}");
    }
    ada.post("/me/proof", json!({ "password": testing::PASSWORD })).await.no_content();
    ada.post("/me/passkeys/remove", &remove).await.no_content();
    wait_for_mail(&server, ADA, "A passkey was removed").await;
    assert_refused(&sign_in(&visitor(&server), &mut authenticator).await);
}

#[tokio::test]
async fn last_way_to_sign_in_stays() {
    let server = TestServer::start().await;
    let ada = person(&server, "Ada").await;
    add(&ada, "Phone").await;
    add(&ada, "Laptop").await;
    sqlx::query("delete from credentials").execute(&server.database.pool).await.unwrap();
    let passkeys = methods(&ada).await.passkeys;
    let remove = |index: usize| json!({ "passkey": passkeys[index].id });
    ada.post("/me/passkeys/remove", remove(0)).await.no_content();
    let reply = ada.post("/me/passkeys/remove", remove(1)).await;
    assert_eq!(reply.error().code, ErrorCode::LastSignInMethod);
    assert_eq!(methods(&ada).await.passkeys.len(), 1);
}

#[tokio::test]
async fn passkeys_are_offered_on_localhost_and_refused_at_addresses() {
    let server = TestServer::start().await;
    let offered: OfferedMethods = server.visitor().get("/auth/methods").await.ok();
    assert_eq!(offered.passkey_host.as_deref(), Some("localhost"));
    let reply = server.visitor().post("/auth/passkey/challenge", json!({})).await;
    assert_eq!(reply.error().code, ErrorCode::NotFound);
}
