//! `PATCH /notes/{id}`

use axum::Json;
use axum::extract::State;
use contract::note::{NoteView, UpdateNote};
use contract::{Capability, NoteId};
use sqlx::PgExecutor;
use tracing::instrument;

use super::{lock, row};
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::{ApiPath, JsonBody};
use crate::if_match::IfMatch;

/// Changes the note if the request names its current version.
///
/// # Errors
/// 404 for outsiders, 428 without `If-Match`, 409 with the current note for another version.
#[instrument(skip_all)]
pub async fn update_note(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(id): ApiPath<NoteId>,
    version: IfMatch,
    JsonBody(update): JsonBody<UpdateNote>,
) -> Result<Json<NoteView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let (note, access) = lock::lock_note(&mut transaction, id, request_actor.user_id()).await?;
    access.require(Capability::Contribute)?;
    version.require(note.version, &note)?;
    write(&mut *transaction, &note, &update).await?;
    let note =
        row::find(&mut *transaction, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    transaction.commit().await?;
    Ok(Json(note))
}

/// Skips an update that changes nothing, because it would send a message to all readers.
async fn write(
    executor: impl PgExecutor<'_>,
    note: &NoteView,
    UpdateNote { title, body }: &UpdateNote,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update notes
            set title = coalesce($4, title), body = coalesce($5, body)
          where id = $1 and organization_id = $2 and version = $3
            and (title, body) <> (coalesce($4, title), coalesce($5, body))",
    )
    .bind(note.id)
    .bind(note.organization_id)
    .bind(note.version)
    .bind(title)
    .bind(body)
    .execute(executor)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::List;
    use reqwest::{Method, StatusCode};
    use serde_json::{Value, json};

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;
    use testing::{Person, Reply};

    async fn update(person: &Person, note: &NoteView, body: &Value) -> Reply {
        person.send(fixtures::request_with_version(person, Method::PATCH, note).json(body)).await
    }

    #[tokio::test]
    async fn any_member_changes_a_note_and_its_author_stays() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        fixtures::add_member(&ada, wind.id, &grace).await;
        let note = fixtures::create_note(&ada, "north-wind", "Plan").await;
        let written: NoteView = update(&grace, &note, &json!({"body": "First:\nbegin"})).await.ok();
        assert_eq!((written.title.as_str(), written.body.as_str()), ("Plan", "First:\nbegin"));
        assert_eq!((written.version, &written.author), (note.version + 1, &note.author));
        assert!(written.updated_at > note.updated_at);
    }

    #[tokio::test]
    async fn older_version_is_refused_with_the_current_note() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let seen = fixtures::create_note(&ada, "north-wind", "Plan").await;
        let newer: NoteView = update(&ada, &seen, &json!({"title": "Other plan"})).await.ok();
        let refused = update(&ada, &seen, &json!({"title": "My plan"})).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let error = refused.error();
        assert_eq!(error.code, ErrorCode::Conflict);
        assert_eq!(error.current_version().as_ref(), Some(&newer));
        let list: List<NoteView> = ada.get("/organizations/north-wind/notes").await.ok();
        assert_eq!(list.items, [newer], "nothing was overwritten");
    }

    #[tokio::test]
    async fn one_of_many_concurrent_updates_succeeds() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let note = fixtures::create_note(&ada, "north-wind", "Plan").await;
        let bodies: Vec<_> = (0..8).map(|n| json!({"title": format!("Plan {n}")})).collect();
        let replies =
            futures::future::join_all(bodies.iter().map(|b| update(&ada, &note, b))).await;
        let count = |status| replies.iter().filter(|reply| reply.status == status).count();
        assert_eq!((count(StatusCode::OK), count(StatusCode::CONFLICT)), (1, 7));
        let winner = replies.iter().find(|reply| reply.status == StatusCode::OK).unwrap();
        let winner: NoteView = winner.ok();
        for reply in replies.iter().filter(|reply| reply.status == StatusCode::CONFLICT) {
            assert_eq!(reply.error().current_version().as_ref(), Some(&winner));
        }
    }

    #[tokio::test]
    async fn version_is_required() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let note = fixtures::create_note(&ada, "north-wind", "Plan").await;
        let path = format!("/notes/{}", note.id);
        for reply in [ada.patch(&path, &json!({"title": "New"})).await, ada.delete(&path).await] {
            assert_eq!(reply.status, StatusCode::PRECONDITION_REQUIRED);
            assert_eq!(reply.error().code, ErrorCode::VersionRequired);
        }
        let request = ada.request(Method::PATCH, &path).header("if-match", "*").json(&json!({}));
        assert_eq!(ada.send(request).await.error().code, ErrorCode::BadRequest);
    }

    #[tokio::test]
    async fn unchanged_update_makes_no_new_version() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let note = fixtures::create_note(&ada, "north-wind", "Plan").await;
        for same in [json!({}), json!({"title": "Plan", "body": ""})] {
            assert_eq!(update(&ada, &note, &same).await.ok::<NoteView>(), note);
        }
    }

    #[tokio::test]
    async fn unchanged_sql_update_makes_no_new_version() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let note = fixtures::create_note(&ada, "north-wind", "Plan").await;
        let sql = "update notes set title = $1";
        let pool = &server.database.pool;
        sqlx::query(sql).bind("Plan").execute(pool).await.unwrap();
        let list: List<NoteView> = ada.get("/organizations/north-wind/notes").await.ok();
        assert_eq!(list.items, std::slice::from_ref(&note));
        sqlx::query(sql).bind("Other plan").execute(pool).await.unwrap();
        let list: List<NoteView> = ada.get("/organizations/north-wind/notes").await.ok();
        assert_eq!(list.items[0].version, note.version + 1);
    }

    #[tokio::test]
    async fn note_is_hidden_from_outsiders() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let linus = server.person("Linus").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let note = fixtures::create_note(&ada, "north-wind", "Plan").await;
        let stale = NoteView { version: 7, ..note.clone() };
        for seen in [&note, &stale] {
            for method in [Method::PATCH, Method::DELETE] {
                let request = fixtures::request_with_version(&linus, method, seen)
                    .json(&json!({"title": "M"}));
                let error = linus.send(request).await.error();
                assert_eq!((error.code, error.current), (ErrorCode::NotFound, None));
            }
        }
    }
}
