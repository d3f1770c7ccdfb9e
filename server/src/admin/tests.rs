use contract::ErrorCode;
use contract::view::Me;
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
    let text = reset_password(&commands, Email::parse("ada@example.com").unwrap()).await.unwrap();
    let _: Me = choose(&server.visitor(), "/auth/reset-password", &text).await.ok();
    assert_eq!(ada.get("/me").await.error().code, ErrorCode::NotSignedIn);
    let unknown = Email::parse("nobody@example.com").unwrap();
    let error = reset_password(&commands, unknown).await.unwrap_err();
    assert!(error.to_string().contains("create-admin nobody@example.com"), "{error}");
}

#[tokio::test]
async fn private_postgres_of_a_running_server_is_used_and_stays() {
    let sandbox = Sandbox::new();
    let database = DatabaseConfig {
        url: None,
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
