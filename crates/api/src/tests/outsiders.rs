//! Outsiders are refused before anything is locked: they wait for nobody, and nobody waits for them.

use std::time::Duration;

use contract::{ErrorCode, NoteId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::fixtures;
use crate::test_server::TestServer;

#[tokio::test]
async fn outsiders_are_refused_while_members_hold_all_locks() {
    let server = TestServer::start().await;
    let (ada, linus) = (server.person("Ada").await, server.person("Linus").await);
    server.person("Grace").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    let note: NoteId = fixtures::create_note(&ada, "north-wind", "Plan").await.id;
    fixtures::invite(&ada, wind.id, "grace@example.com").await;
    let link = fixtures::invite(&ada, wind.id, "eve@example.com").await.link.unwrap();
    let token = link.rsplit('/').next().unwrap().to_owned();
    let invitation: String =
        sqlx::query_scalar("select id::text from invitations where email = 'grace@example.com'")
            .fetch_one(&server.database.pool)
            .await
            .unwrap();
    let membership: String = sqlx::query_scalar("select id::text from memberships")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();

    let mut holder = db::transaction::begin(&server.database.pool).await.unwrap();
    for table in ["organizations", "notes", "memberships", "invitations"] {
        let statement = format!("select from {table} for update");
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *holder).await.unwrap();
    }
    let invite = json!({"emails": ["a@example.com"], "role": "member"});
    let requests: [(Method, String, Value); 15] = [
        (Method::PATCH, "/organizations/north-wind".to_owned(), json!({"name": "Mine"})),
        (Method::DELETE, "/organizations/north-wind".to_owned(), json!({})),
        (Method::POST, "/organizations/north-wind/leave".to_owned(), json!({})),
        (Method::DELETE, "/organizations/north-wind/picture".to_owned(), json!({})),
        (Method::POST, "/organizations/north-wind/invitations".to_owned(), invite),
        (Method::POST, "/organizations/north-wind/notes".to_owned(), json!({"title": "Mine"})),
        (Method::PATCH, format!("/notes/{note}"), json!({"title": "Mine"})),
        (Method::DELETE, format!("/notes/{note}"), json!({})),
        (Method::PATCH, format!("/memberships/{membership}"), json!({"role": "member"})),
        (Method::DELETE, format!("/memberships/{membership}"), json!({})),
        (Method::POST, format!("/invitations/{invitation}/accept"), json!({})),
        (Method::POST, format!("/invitations/{invitation}/reject"), json!({})),
        (Method::POST, format!("/invitations/{invitation}/resend"), json!({})),
        (Method::DELETE, format!("/invitations/{invitation}"), json!({})),
        (Method::POST, format!("/invitations/token/{token}"), json!({})),
    ];
    for (method, path, body) in requests {
        let request = linus.request(method.clone(), &path).header("if-match", "\"1\"").json(&body);
        let reply = tokio::time::timeout(Duration::from_secs(3), linus.send(request)).await;
        let reply = reply.unwrap_or_else(|_| panic!("{method} {path} waits for a lock"));
        let code = reply.error().code;
        let expected =
            if path.contains("/token/") { ErrorCode::Forbidden } else { ErrorCode::NotFound };
        assert_eq!(code, expected, "{method} {path}");
    }
    holder.rollback().await.unwrap();
}
