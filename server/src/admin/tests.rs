use contract::event::EndCode;
use contract::view::Me;
use contract::{ErrorCode, StreamEvent};
use reqwest::StatusCode;
use serde_json::json;
use testing::{PASSWORD, Sandbox};

use super::*;
use crate::lifecycle::Server;
use crate::testing::{Person, TestServer, config};
use stream::Settings;

fn token(text: &str) -> String {
    testing::token_of(text.trim_end()).to_owned()
}

/// A configuration of the commands for the server's database.
fn commands_for(server: &TestServer) -> Config {
    let url = server.database.url();
    Config {
        database: DatabaseConfig { url: Some(url.into()), ..config("").database },
        ..config("")
    }
}

async fn choose(visitor: &Person, path: &str, text: &str) -> testing::Reply {
    visitor.post(path, json!({"token": token(text), "password": PASSWORD})).await
}

#[tokio::test]
async fn link_creates_the_first_admin() {
    let server = TestServer::start().await;
    let email = Email::parse("root@example.com").unwrap();
    let name = Name::parse("Root").unwrap();
    let text = create_admin(&commands_for(&server), email, name).await.unwrap();
    assert!(text.contains("/sign-up/"), "{text}");
    let visitor = server.visitor();
    let me: Me = choose(&visitor, "/auth/sign-up/complete", &text).await.ok();
    assert!(me.system_admin);
    let state = visitor.get("/system/mail").await;
    assert_eq!(state.status, StatusCode::OK);
    let again = choose(&server.visitor(), "/auth/sign-up/complete", &text).await;
    assert_eq!(again.error().code, ErrorCode::LinkExpired);
}

#[tokio::test]
async fn existing_account_becomes_an_admin() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let email = Email::parse("ada@example.com").unwrap();
    let name = Name::parse("Ignored").unwrap();
    let text = create_admin(&commands_for(&server), email, name).await.unwrap();
    assert!(text.starts_with("ada@example.com is a system admin now."), "{text}");
    let me: Me = ada.get("/me").await.ok();
    assert!(me.system_admin);
    assert_eq!(me.user.name.as_str(), "Ada");
}

#[tokio::test]
async fn reset_link_chooses_a_new_password() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let commands = commands_for(&server);
    let text =
        reset_password(&commands, Email::parse("ada@example.com").unwrap(), TwoFactorReset::Keep)
            .await
            .unwrap();
    let _: Me = choose(&server.visitor(), "/auth/reset-password", &text).await.ok();
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
    let unknown = Email::parse("nobody@example.com").unwrap();
    let error = reset_password(&commands, unknown, TwoFactorReset::Keep).await.unwrap_err();
    assert!(error.to_string().contains("create-admin nobody@example.com"), "{error}");
}

#[tokio::test]
async fn operator_turns_two_factor_authentication_off_for_an_owner_who_lost_it() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    sqlx::query(
        "insert into authenticator_apps (user_id, secret, confirmed_at)
         select id, decode(repeat('00', 20), 'hex'), now() from users",
    )
    .execute(&server.database.pool)
    .await
    .unwrap();
    let email = || Email::parse("ada@example.com").unwrap();
    let commands = commands_for(&server);
    let text = reset_password(&commands, email(), TwoFactorReset::Keep).await.unwrap();
    let reply = choose(&server.visitor(), "/auth/reset-password", &text).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "the second step follows: {reply:?}");
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);

    let text = reset_password(&commands, email(), TwoFactorReset::TurnOff).await.unwrap();
    assert!(text.contains("Two-factor authentication is off now"), "{text}");
    let _: Me = choose(&server.visitor(), "/auth/reset-password", &text).await.ok();
    let messages: i64 =
        sqlx::query_scalar("select count(*) from mail_messages where kind = 'sign_in_changed'")
            .fetch_one(&server.database.pool)
            .await
            .unwrap();
    assert_eq!(messages, 1);
}

#[tokio::test]
async fn operator_signs_one_account_or_everybody_out_at_once() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let commands = commands_for(&server);
    let mut stream = ada.stream(None).await;
    let text = sign_out(&commands, Some(Email::parse("ada@example.com").unwrap())).await.unwrap();
    assert_eq!(text, "Signed ada@example.com out: 1 session ended.");
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
    loop {
        if let (_, StreamEvent::End(end)) = stream.next_event().await {
            assert_eq!(end.code, EndCode::SessionEnded);
            break;
        }
    }
    assert_eq!(grace.get("/me").await.status, StatusCode::OK);
    let text = sign_out(&commands, None).await.unwrap();
    assert_eq!(text, "Signed everybody out: 1 session ended.");
    assert_eq!(grace.get("/me").await.error().code, ErrorCode::NotSignedIn);
    let unknown = Email::parse("nobody@example.com").unwrap();
    let error = sign_out(&commands, Some(unknown)).await.unwrap_err();
    assert!(error.to_string().contains("no account has the address"), "{error}");
}

#[tokio::test]
async fn private_postgres_of_a_running_server_is_used_and_stays() {
    let sandbox = Sandbox::new();
    let database = DatabaseConfig {
        url: None,
        owner_url: None,
        data_dir: sandbox.data_dir(),
        pg_bin: sandbox.options().bin_dir,
    };
    let commands = Config { database: database.clone(), ..config("") };
    let email = || Email::parse("root@example.com").unwrap();
    let name = || Name::parse("Root").unwrap();
    let before = create_admin(&commands, email(), name()).await.unwrap();
    let open = OpenDatabase::open(&database).await.unwrap();
    let mail = tempfile::tempdir().unwrap();
    let server = Server::start_on(open, config(mail.path()), Settings::default()).await.unwrap();
    let during = create_admin(&commands, email(), name()).await.unwrap();
    let visitor = Person::new(format!("http://{}", server.address()));
    let _: Me = choose(&visitor, "/auth/sign-up/complete", &during).await.ok();
    let late = choose(&visitor, "/auth/sign-up/complete", &before).await;
    assert_eq!(late.error().code, ErrorCode::LinkExpired, "another link was used");
    server.stop().await;
}
