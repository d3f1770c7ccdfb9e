use axum::http::StatusCode;
use contract::MutationId;
use contract::note::NoteView;
use contract::view::{InviteOutcome, InviteResult, List, OrganizationView};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testing::{Person, Reply};
use uuid::Uuid;

use crate::fixtures;
use crate::test_server::TestServer;

fn new_id() -> MutationId {
    MutationId::from_uuid(Uuid::new_v4())
}

async fn post(person: &Person, path: &str, id: MutationId, body: &Value) -> Reply {
    let request = person.request(Method::POST, path).header("mutation-id", id.to_string());
    person.send(request.json(body)).await
}

#[tokio::test]
async fn repeated_note_is_created_once_and_answered_as_before() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    let path = format!("/organizations/{}/notes", wind.id);
    let body = json!({ "title": "Plan", "body": "One" });
    let id = new_id();
    let first = post(&ada, &path, id, &body).await;
    let again = post(&ada, &path, id, &body).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert!(first.headers.get("mutation-replayed").is_none());
    assert_eq!(again.headers["mutation-replayed"], "true");
    let notes: List<NoteView> = ada.get(&path).await.ok();
    assert_eq!(notes.total, 1);
    // Another intent, with the same content.
    assert!(post(&ada, &path, new_id(), &body).await.status.is_success());
    let notes: List<NoteView> = ada.get(&path).await.ok();
    assert_eq!(notes.total, 2);
}

#[tokio::test]
async fn repeated_organization_is_not_taken_by_oneself() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let body = json!({ "name": "North Wind", "slug": "north-wind" });
    let id = new_id();
    let first: OrganizationView = post(&ada, "/organizations", id, &body).await.ok();
    let again: OrganizationView = post(&ada, "/organizations", id, &body).await.ok();
    assert_eq!(first, again);
}

#[tokio::test]
async fn concurrent_repetitions_change_once() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    let path = format!("/organizations/{}/notes", wind.id);
    let body = json!({ "title": "Plan", "body": "One" });
    let id = new_id();
    let replies = join_all((0..5).map(|_| post(&ada, &path, id, &body))).await;
    // One that comes between the commit and the stored answer is told that the change was made.
    for reply in &replies {
        assert!(reply.status.is_success() || reply.body.contains("already made"), "{reply:?}");
    }
    let notes: List<NoteView> = ada.get(&path).await.ok();
    assert_eq!(notes.total, 1);
}

#[tokio::test]
async fn failed_request_may_be_repeated_with_its_id() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let id = new_id();
    let path = "/organizations";
    let taken = json!({ "name": "North Wind", "slug": "north-wind" });
    assert!(post(&ada, path, new_id(), &taken).await.status.is_success());
    assert_eq!(post(&ada, path, id, &taken).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let free = json!({ "name": "North Wind", "slug": "north-wind-2" });
    assert!(post(&ada, path, id, &free).await.status.is_success());
}

#[tokio::test]
async fn repeated_invitation_has_a_fresh_link_and_no_link_is_stored() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    let path = format!("/organizations/{}/invitations", wind.id);
    let body = json!({ "emails": ["new@example.com"], "role": "member" });
    let id = new_id();
    let first: List<InviteResult> = post(&ada, &path, id, &body).await.ok();
    let again: List<InviteResult> = post(&ada, &path, id, &body).await.ok();
    for list in [&first, &again] {
        assert_eq!(list.items[0].outcome, InviteOutcome::Invited);
        assert!(list.items[0].link.is_some());
    }
    assert_ne!(first.items[0].link, again.items[0].link);
    let stored: Option<String> =
        sqlx::query_scalar("select body from request_results where mutation_id = $1")
            .bind(id)
            .fetch_one(&server.database.pool)
            .await
            .unwrap();
    assert_eq!(stored, None);
    // Without an id, or with another one, it is an invitation that exists already.
    let other: List<InviteResult> = post(&ada, &path, new_id(), &body).await.ok();
    assert_eq!(other.items[0].outcome, InviteOutcome::AlreadyInvited);
}

#[tokio::test]
async fn id_of_another_request_or_person_is_no_repetition() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let id = new_id();
    let body = json!({ "name": "North Wind", "slug": "north-wind" });
    let wind: OrganizationView = post(&ada, "/organizations", id, &body).await.ok();
    let path = format!("/organizations/{}/notes", wind.id);
    let note = json!({ "title": "Plan", "body": "One" });
    assert_eq!(post(&ada, &path, id, &note).await.status, StatusCode::BAD_REQUEST);
    let body = json!({ "name": "South Wind", "slug": "south-wind" });
    let _: OrganizationView = post(&grace, "/organizations", id, &body).await.ok();
}
