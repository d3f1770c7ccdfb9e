//! `POST /organizations/{id}/notes`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::note::{CreateNote, NoteView};
use contract::{Capability, NoteId, OrganizationId, OrganizationRef, UserId};
use sqlx::PgExecutor;
use tracing::instrument;
use uuid::Uuid;

use super::row;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::{ApiPath, JsonBody};
use crate::organizations::access;

/// Creates a note.
///
/// # Errors
/// 404 for outsiders, 422 for an invalid title or text, 409 if the organization has too many notes.
#[instrument(skip_all)]
pub async fn create_note(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(reference): ApiPath<OrganizationRef>,
    JsonBody(request): JsonBody<CreateNote>,
) -> Result<(StatusCode, Json<NoteView>), ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let access = access::lock_shared(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::Contribute)?;
    let organization_id = access.organization.id;
    api.settings.quotas.require_room_for_note(&mut transaction, organization_id).await?;
    let id = insert(&mut *transaction, organization_id, request_actor.user_id(), &request).await?;
    let note =
        row::find(&mut *transaction, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Json(note)))
}

/// Inserts a note and returns its id.
///
/// # Errors
/// When the database can't be written.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    author: UserId,
    CreateNote { title, body }: &CreateNote,
) -> Result<NoteId, sqlx::Error> {
    let id = NoteId::from_uuid(Uuid::now_v7());
    sqlx::query(
        "insert into notes (id, organization_id, author, title, body)
         values ($1, $2, $3, $4, coalesce($5, ''))",
    )
    .bind(id)
    .bind(organization_id)
    .bind(author)
    .bind(title)
    .bind(body)
    .execute(executor)
    .await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use contract::view::List;
    use contract::{ErrorCode, NoteBody, NoteTitle};
    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn members_create_and_read_notes_without_email_addresses() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        fixtures::add_member(&ada, wind.id, &grace).await;
        let note = fixtures::create_note(&grace, "north-wind", "Plan").await;
        assert_eq!((note.title.as_str(), note.body.as_str(), note.version), ("Plan", "", 1));
        let author = note.author.as_ref().unwrap();
        assert_eq!((author.name.as_str(), &author.email), ("Grace", &None));
        let list: List<NoteView> = ada.get("/organizations/north-wind/notes").await.ok();
        assert_eq!(list.items, [note]);
    }

    #[tokio::test]
    async fn outsiders_neither_read_nor_create_notes() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let linus = server.person("Linus").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let path = "/organizations/north-wind/notes";
        assert_eq!(linus.get(path).await.error().code, ErrorCode::NotFound);
        let error = linus.post(path, &json!({"title": "Mine"})).await.error();
        assert_eq!(error.code, ErrorCode::NotFound);
        let list: List<NoteView> = ada.get(path).await.ok();
        assert_eq!(list.total, 0);
    }

    #[tokio::test]
    async fn invalid_text_names_its_field() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        for (body, field, code) in [
            (json!({"body": "without a title"}), "title", "required"),
            (json!({"title": " "}), "title", "required"),
            (json!({"title": "a".repeat(201)}), "title", "too_long"),
            (json!({"title": "a\u{0}b"}), "title", "invalid"),
            (json!({"title": "a\nb"}), "title", "invalid"),
            (json!({"title": "a", "body": "b\u{0}"}), "body", "invalid"),
            (json!({"title": "a", "body": "b\u{7}"}), "body", "invalid"),
            (json!({"title": "a", "body": "b".repeat(10_001)}), "body", "too_long"),
        ] {
            let error = ada.post("/organizations/north-wind/notes", &body).await.error();
            assert_eq!(error.code, ErrorCode::InvalidFields, "{body}");
            assert_eq!(error.fields[field].code, code, "{body}");
        }
    }

    #[tokio::test]
    async fn database_accepts_the_same_texts_as_the_types() {
        let others = ["", &"ü".repeat(200), &"ü".repeat(201)];
        fixtures::assert_domain_matches_type("note_title_text", NoteTitle::parse, "Plan", &others)
            .await;
        let others = ["", " ", &"ü".repeat(10_000), &"ü".repeat(10_001)];
        fixtures::assert_domain_matches_type(
            "note_body_text",
            NoteBody::parse,
            "One\r\n\ttwo",
            &others,
        )
        .await;
    }

    #[tokio::test]
    async fn longest_note_is_stored_unchanged() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let text = format!("{}\r\n\t\u{2028}", "ü".repeat(9_996));
        let body = json!({"title": "Long", "body": text});
        let note: NoteView = ada.post("/organizations/north-wind/notes", &body).await.ok();
        assert_eq!(note.body.as_str(), text);
    }
}
