use contract::ErrorCode;
use contract::view::Me;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::fixtures;
use crate::test_server::TestServer;
use testing::PASSWORD;

const NEW_PASSWORD: &str = "another horse battery";

async fn recover(server: &TestServer, email: &str) {
    let reply = server.visitor().post("/auth/recover", &json!({ "email": email })).await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::ACCEPTED, ""));
}

fn choice(token: &str, password: &str) -> Value {
    json!({"token": token, "password": password})
}

async fn sign_in(server: &TestServer, password: &str) -> Result<Me, ErrorCode> {
    let body = json!({"email": "ada@example.com", "password": password});
    let reply = server.visitor().post("/auth/sign-in", &body).await;
    if reply.status.is_success() { Ok(reply.ok()) } else { Err(reply.error().code) }
}

#[tokio::test]
async fn new_password_ends_all_sessions_and_signs_in() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    recover(&server, "ada@example.com").await;
    let token = server.mailed_token("ada@example.com", "reset-password").await;
    let phone = server.visitor();
    let _: Me = phone.post("/auth/reset-password", &choice(&token, NEW_PASSWORD)).await.ok();
    let _: Me = phone.get("/me").await.ok();
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
    assert_eq!(sign_in(&server, PASSWORD).await, Err(ErrorCode::WrongCredentials));
    assert!(sign_in(&server, NEW_PASSWORD).await.is_ok());
    let folder = server.mail_folder.path();
    testing::eventually("Ada is told", async || {
        testing::messages(folder, "ada@example.com")
            .iter()
            .any(|text| text.contains("Subject: Your Tributary password was changed"))
    })
    .await;
    let again = server.visitor().post("/auth/reset-password", &choice(&token, PASSWORD)).await;
    assert_eq!(again.error().code, ErrorCode::LinkExpired);
}

#[tokio::test]
async fn unknown_address_gets_the_same_answer_and_no_message() {
    let server = TestServer::start().await;
    server.person("Ada").await;
    recover(&server, "nobody@example.com").await;
    // Messages are delivered in order.
    recover(&server, "ada@example.com").await;
    server.mailed_token("ada@example.com", "reset-password").await;
    assert_eq!(
        testing::messages(server.mail_folder.path(), "nobody@example.com"),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn link_to_a_former_address_is_worthless() {
    let server = TestServer::start().await;
    server.person("Ada").await;
    recover(&server, "ada@example.com").await;
    let token = server.mailed_token("ada@example.com", "reset-password").await;
    sqlx::query("update users set email = 'countess@example.com'")
        .execute(&server.database.pool)
        .await
        .unwrap();
    let reply = server.visitor().post("/auth/reset-password", &choice(&token, NEW_PASSWORD)).await;
    assert_eq!(reply.error().code, ErrorCode::LinkExpired);
}

#[tokio::test]
async fn common_password_is_refused() {
    let server = TestServer::start().await;
    server.person("Ada").await;
    recover(&server, "ada@example.com").await;
    let token = server.mailed_token("ada@example.com", "reset-password").await;
    let reply = server.visitor().post("/auth/reset-password", &choice(&token, "tributary1")).await;
    assert_eq!(reply.error().fields["password"].code, "too_common");
    assert!(sign_in(&server, PASSWORD).await.is_ok());
}

/// An account from before addresses were confirmed, which may belong to somebody else.
#[tokio::test]
async fn owner_of_an_unconfirmed_address_takes_the_account_over() {
    let server = TestServer::start().await;
    let squatter = server.person("Ada").await;
    let grace = server.person("Grace").await;
    let pool = &server.database.pool;
    sqlx::query("delete from confirmed_emails").execute(pool).await.unwrap();
    let organization = fixtures::create_organization(&grace, "north-wind").await;
    fixtures::invite(&grace, organization.id, "ada@example.com").await;
    let invitations: Value = squatter.get("/me/invitations").await.ok();
    assert_eq!(invitations["total"], 0);

    recover(&server, "ada@example.com").await;
    let token = server.mailed_token("ada@example.com", "reset-password").await;
    let owner = server.visitor();
    let me: Me = owner.post("/auth/reset-password", &choice(&token, NEW_PASSWORD)).await.ok();
    assert!(me.email_confirmed);
    assert_eq!(squatter.get("/me").await.error().code, ErrorCode::NotSignedIn);
    let invitation = fixtures::only_invitation(&owner).await;
    assert_eq!(invitation.organization.slug.as_str(), "north-wind");
}
