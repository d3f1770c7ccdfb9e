use contract::ErrorCode;
use contract::view::Me;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::fixtures;
use crate::test_server::TestServer;
use testing::{PASSWORD, Person};

async fn change(person: &Person, email: &str) {
    let body = json!({"email": email, "password": PASSWORD});
    let reply = person.post("/me/email", &body).await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::ACCEPTED, ""));
}

async fn confirm(person: &Person, token: &str) {
    person.post("/auth/confirm-email", &json!({ "token": token })).await.no_content();
}

fn email(me: &Me) -> &str {
    me.user.email.as_ref().unwrap().as_str()
}

#[tokio::test]
async fn new_address_takes_effect_once_it_is_confirmed() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let phone = fixtures::sign_in_again(&server, &ada).await;
    change(&ada, "Countess@Example.com").await;
    let me: Me = ada.get("/me").await.ok();
    assert_eq!(email(&me), "ada@example.com");
    assert_eq!(me.pending_email.unwrap().as_str(), "countess@example.com");

    let token = server.mailed_token("countess@example.com", "confirm-email").await;
    confirm(&ada, &token).await;
    let me: Me = ada.get("/me").await.ok();
    assert_eq!(email(&me), "countess@example.com");
    assert!(me.email_confirmed && me.pending_email.is_none());
    assert_eq!(phone.get("/me").await.error().code, ErrorCode::NotSignedIn);
    let sign_in = async |email: &str| {
        let body = json!({"email": email, "password": PASSWORD});
        server.visitor().post("/auth/sign-in", &body).await
    };
    let _: Me = sign_in("countess@example.com").await.ok();
    let former = sign_in("ada@example.com").await;
    assert_eq!(former.error().code, ErrorCode::WrongCredentials);
    let folder = server.mail_folder.path();
    testing::eventually("both addresses are told", async || {
        ["ada@example.com", "countess@example.com"].iter().all(|email| {
            testing::messages(folder, email)
                .iter()
                .any(|text| text.contains("from ada@example.com to countess@example.com"))
        })
    })
    .await;
}

#[tokio::test]
async fn session_gets_a_new_token_with_a_new_address() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    change(&ada, "countess@example.com").await;
    let token = server.mailed_token("countess@example.com", "confirm-email").await;
    let reply = ada.post("/auth/confirm-email", &json!({ "token": token })).await;
    assert!(reply.headers.contains_key("set-cookie"));
    let _: Me = ada.get("/me").await.ok();
}

#[tokio::test]
async fn link_in_another_browser_signs_all_browsers_out() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    change(&ada, "countess@example.com").await;
    let token = server.mailed_token("countess@example.com", "confirm-email").await;
    confirm(&server.visitor(), &token).await;
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
}

#[tokio::test]
async fn wrong_password_changes_nothing() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let body = json!({"email": "eve@example.com", "password": "not my password"});
    let error = ada.post("/me/email", &body).await.error();
    assert_eq!(error.fields["password"].code, "wrong");
    let me: Me = ada.get("/me").await.ok();
    assert_eq!((email(&me), me.pending_email.is_none()), ("ada@example.com", true));
}

#[tokio::test]
async fn address_of_another_account_gets_the_same_answer_and_its_owner_a_message() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    server.person("Grace").await;
    change(&ada, "grace@example.com").await;
    let folder = server.mail_folder.path();
    testing::eventually("Grace is told", async || {
        testing::messages(folder, "grace@example.com")
            .iter()
            .any(|text| text.contains("Subject: This email address already has"))
    })
    .await;
    let links = testing::messages(folder, "grace@example.com").concat();
    assert!(!links.contains("/confirm-email/"), "{links}");
}

#[tokio::test]
async fn address_that_another_account_got_meanwhile_is_refused() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    change(&ada, "grace@example.com").await;
    let token = server.mailed_token("grace@example.com", "confirm-email").await;
    server.person("Grace").await;
    let reply = ada.post("/auth/confirm-email", &json!({ "token": token })).await;
    assert_eq!(reply.error().code, ErrorCode::LinkExpired);
    let me: Me = ada.get("/me").await.ok();
    assert_eq!(email(&me), "ada@example.com");
}

#[tokio::test]
async fn newer_request_and_cancelling_make_a_link_worthless() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    change(&ada, "one@example.com").await;
    let one = server.mailed_token("one@example.com", "confirm-email").await;
    change(&ada, "two@example.com").await;
    let two = server.mailed_token("two@example.com", "confirm-email").await;
    ada.delete("/me/email").await.no_content();
    for token in [one, two] {
        let reply = ada.post("/auth/confirm-email", &json!({ "token": token })).await;
        assert_eq!(reply.error().code, ErrorCode::LinkExpired);
    }
    let me: Me = ada.get("/me").await.ok();
    assert_eq!(me.pending_email, None);
}

/// An account from before addresses were confirmed.
#[tokio::test]
async fn unconfirmed_address_is_confirmed_by_its_link() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let phone = fixtures::sign_in_again(&server, &ada).await;
    sqlx::query("delete from confirmed_emails").execute(&server.database.pool).await.unwrap();
    let me: Me = ada.get("/me").await.ok();
    assert!(!me.email_confirmed);
    let reply = ada.post("/me/email/confirmation", &json!({})).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    let token = server.mailed_token("ada@example.com", "confirm-email").await;
    confirm(&server.visitor(), &token).await;
    let me: Me = ada.get("/me").await.ok();
    assert!(me.email_confirmed);
    let _: Value = phone.get("/me").await.ok();
}
