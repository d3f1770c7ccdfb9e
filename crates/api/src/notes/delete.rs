//! `DELETE /notes/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use contract::{Capability, NoteId};
use tracing::instrument;

use super::lock;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;
use crate::if_match::IfMatch;

/// Deletes the note if the request names its current version.
///
/// # Errors
/// 404 for outsiders, 403 for members who are neither its author nor admins, 428 without `If-Match`,
/// 409 with the current note for another version.
#[instrument(skip_all)]
pub async fn delete_note(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(id): ApiPath<NoteId>,
    version: IfMatch,
) -> Result<StatusCode, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let (note, access) = lock::lock_note(&mut transaction, id, request_actor.user_id()).await?;
    access.require(Capability::ReadOrganization)?;
    let is_author = note.author.as_ref().is_some_and(|author| author.id == request_actor.user_id());
    if !access.access.may_delete(is_author) {
        return Err(ApiFailure::Forbidden);
    }
    version.require(note.version, &note)?;
    sqlx::query("delete from notes where id = $1 and organization_id = $2 and version = $3")
        .bind(note.id)
        .bind(note.organization_id)
        .bind(note.version)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::note::NoteView;
    use contract::view::List;
    use reqwest::Method;
    use serde_json::json;

    use crate::fixtures;
    use crate::test_server::TestServer;
    use testing::{Person, Reply};

    async fn delete(person: &Person, note: &NoteView) -> Reply {
        person.send(fixtures::request_with_version(person, Method::DELETE, note)).await
    }

    #[tokio::test]
    async fn only_the_author_and_admins_delete_a_note() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        fixtures::add_member(&ada, wind.id, &grace).await;
        let adas = fixtures::create_note(&ada, "north-wind", "Hers").await;
        assert_eq!(delete(&grace, &adas).await.error().code, ErrorCode::Forbidden);
        for by in [&grace, &ada] {
            let graces = fixtures::create_note(&grace, "north-wind", "Grace's").await;
            delete(by, &graces).await.no_content();
            assert_eq!(delete(by, &graces).await.error().code, ErrorCode::NotFound);
        }
        let list: List<NoteView> = grace.get("/organizations/north-wind/notes").await.ok();
        assert_eq!(list.items, [adas]);
    }

    #[tokio::test]
    async fn deleting_an_older_version_is_refused() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let seen = fixtures::create_note(&ada, "north-wind", "Plan").await;
        let request = fixtures::request_with_version(&ada, Method::PATCH, &seen)
            .json(&json!({"body": "more"}));
        let newer: NoteView = ada.send(request).await.ok();
        assert_eq!(delete(&ada, &seen).await.error().current_version().as_ref(), Some(&newer));
        delete(&ada, &newer).await.no_content();
    }

    #[tokio::test]
    async fn notes_outlive_their_author_but_not_their_organization() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        fixtures::add_member(&ada, wind.id, &grace).await;
        let note = fixtures::create_note(&grace, "north-wind", "Grace's").await;
        grace.delete("/me").await.no_content();
        let list: List<NoteView> = ada.get("/organizations/north-wind/notes").await.ok();
        assert_eq!((list.items[0].id, &list.items[0].author), (note.id, &None));
        ada.delete("/organizations/north-wind").await.no_content();
        assert_eq!(delete(&ada, &list.items[0]).await.error().code, ErrorCode::NotFound);
    }
}
