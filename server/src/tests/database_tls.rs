//! TLS to Postgres: queries and replication are protected alike, or the server doesn't start.

use std::path::Path;

use contract::StreamEvent;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::check;
use crate::config::{Config, DatabaseConfig};
use crate::database::OpenDatabase;
use crate::lifecycle::Server;
use crate::opened_by_root::PrivilegedSockets;
use crate::privileges::Opened;
use crate::testing::{Person, config};
use testing::{Connections, TlsPostgres, eventually};

fn config_with(url: &str, mail: &Path) -> Config {
    let database = DatabaseConfig { url: Some(url.to_owned().into()), ..config(mail).database };
    Config { database, ..config(mail) }
}

/// Starts a server, and shows that a change reaches a stream. Returns what Postgres' connections were.
async fn serve(postgres: &TlsPostgres, url: &str) -> Connections {
    let mail = TempDir::new().unwrap();
    let server =
        Server::start(config_with(url, mail.path()), PrivilegedSockets::default()).await.unwrap();
    let ada = Person::new(format!("http://{}", server.address()));
    ada.sign_up("Ada", mail.path()).await;
    let mut stream = ada.stream(None).await;
    // The stream begins with this event; a change before it isn't sent.
    stream.next_event().await;
    let north = json!({ "name": "North", "slug": "north" });
    let _: Value = ada.post("/organizations", north).await.ok();
    while !matches!(stream.next_event().await.1, StreamEvent::Change(_)) {}
    let connections = postgres.connections().await;
    drop(stream);
    server.stop().await;
    connections
}

/// The sentence with which the server doesn't start. It has no part of the URL, and `tributary check` says
/// the same.
async fn refusal(postgres: &TlsPostgres, url: &str) -> String {
    let folder = TempDir::new().unwrap();
    let config = config_with(url, folder.path());
    let error = OpenDatabase::open(&config.database).await.unwrap_err();
    let sentence = error.to_string();
    let checks = check::run(&config, Opened::default()).await;
    let of_database = checks.iter().find(|check| check.subject == "database").unwrap();
    assert_eq!(of_database.result, Err(sentence.clone()));
    let debug = format!("{error:?} {config:?}");
    for secret in postgres.secrets() {
        assert!(!sentence.contains(&secret) && !debug.contains(&secret), "{sentence} {debug}");
    }
    sentence
}

#[tokio::test]
async fn every_connection_is_encrypted_and_changes_reach_streams() {
    let postgres = TlsPostgres::start().await;
    let root = postgres.root();
    let verified = format!("?sslmode=verify-full&sslrootcert={root}");
    for url in [
        postgres.url("localhost", &verified),
        // The certificate is for this address too.
        postgres.url("127.0.0.1", &verified),
        postgres.url("localhost", "?sslmode=require"),
        postgres.url("localhost", "?sslmode=prefer"),
        postgres.url_with_certificate(),
    ] {
        let connections = serve(&postgres, &url).await;
        assert_eq!((connections.plain, connections.replication), (0, 1), "{url}: {connections:?}");
        assert!(connections.encrypted > 2, "{url}: {connections:?}");
        reset(&postgres, &url).await;
    }
}

/// Removes the slot and all tables.
async fn reset(postgres: &TlsPostgres, url: &str) {
    eventually("the slot is free", async || {
        let drop_slots = "select pg_drop_replication_slot(slot_name) from pg_replication_slots";
        let mut connection = postgres.admin().connect_options().connect().await.unwrap();
        let dropped = sqlx::query(drop_slots).execute(&mut connection).await;
        connection.close().await.unwrap();
        dropped.is_ok()
    })
    .await;
    let endpoint = db::Endpoint::parse("DATABASE_URL", url).unwrap();
    let mut connection = endpoint.connect_options().connect().await.unwrap();
    let statements = "drop publication tributary; drop schema public cascade; create schema public";
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn server_that_cannot_be_verified_is_refused_in_a_sentence() {
    let postgres = TlsPostgres::start().await;
    let other = format!("?sslmode=verify-full&sslrootcert={}", postgres.other_root());
    let verified = format!("?sslmode=verify-full&sslrootcert={}", postgres.root());
    for (parameters, expected) in [
        (other.as_str(), "its certificate isn't signed by an authority in the file sslrootcert"),
        ("?sslmode=verify-full", "name the file with the certificate of its authority"),
        ("?sslrootcert=/nonexistent", "the file in sslrootcert can't be read: No such file"),
        ("?sslrootcert=/dev/null", "the file in sslrootcert has no certificates in PEM format"),
        ("?sslmode=disable", "The connection is not encrypted"),
        ("", "The connection is not encrypted"),
        ("?sslmode=verify-ca", "DATABASE_URL can't be used with sslmode=verify-ca"),
    ] {
        let sentence = refusal(&postgres, &postgres.url("localhost", parameters)).await;
        assert!(sentence.contains(expected), "{parameters}: {sentence}");
    }
    let wrong_password =
        postgres.url("localhost", "?sslmode=require").replace(":zpassword", ":zpasswords");
    let sentence = refusal(&postgres, &wrong_password).await;
    assert!(sentence.ends_with("the password or the role is wrong"), "{sentence}");

    postgres.present(&["db.example.com"]).await;
    let url = postgres.url("localhost", &verified);
    postgres.wait_for_reload(&url, false).await;
    let sentence = refusal(&postgres, &url).await;
    assert!(sentence.contains("its certificate is for other host names"), "{sentence}");
}

#[tokio::test]
async fn server_without_tls_is_refused_unless_encryption_is_only_preferred() {
    let postgres = TlsPostgres::start().await;
    let plain = postgres.url("localhost", "?sslmode=disable");
    postgres.turn_tls_off().await;
    postgres.wait_for_reload(&plain, true).await;
    let verified = format!("?sslrootcert={}", postgres.root());
    for parameters in ["?sslmode=require", &verified] {
        let sentence = refusal(&postgres, &postgres.url("localhost", parameters)).await;
        assert!(sentence.contains("it has no TLS: set `ssl = on` there"), "{sentence}");
    }
    let connections = serve(&postgres, &postgres.url("localhost", "?sslmode=prefer")).await;
    assert_eq!((connections.encrypted, connections.replication), (0, 1), "{connections:?}");
}
