//! `PATCH /notes/{id}`

use axum::Json;
use axum::extract::State;
use contract::note::{NoteView, UpdateNote};
use contract::{Capability, NoteId};
use sqlx::PgExecutor;

use super::{locked, row};
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::{JsonBody, PathOf};
use crate::if_match::IfMatch;

/// Changes the version of the note that the request names, and no other.
///
/// # Errors
/// 404 for outsiders, 428 without `If-Match`, 409 with the newer note when there is one.
pub async fn update_note(
    State(api): State<Api>,
    request_actor: RequestActor,
    PathOf(id): PathOf<NoteId>,
    version: IfMatch,
    JsonBody(update): JsonBody<UpdateNote>,
) -> Result<Json<NoteView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let (note, access) = locked::lock(&mut transaction, id, request_actor.user_id()).await?;
    access.require(Capability::Contribute)?;
    version.require(note.version, &note)?;
    write(&mut *transaction, &note, &update).await?;
    let note =
        row::find(&mut *transaction, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    transaction.commit().await?;
    Ok(Json(note))
}

/// Nothing when nothing changes: an update that isn't one would be news to every open screen.
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
        person.send(fixtures::matching(person, Method::PATCH, note).json(body)).await
    }

    #[tokio::test]
    async fn any_member_changes_a_note_and_its_author_stays() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::organization(&ada, "north-wind").await;
        fixtures::join(&ada, wind.id, &grace).await;
        let note = fixtures::note(&ada, "north-wind", "Plan").await;
        let written: NoteView = update(&grace, &note, &json!({"body": "First:\nbegin"})).await.ok();
        assert_eq!((written.title.as_str(), written.body.as_str()), ("Plan", "First:\nbegin"));
        assert_eq!((written.version, &written.author), (note.version + 1, &note.author));
        assert!(written.updated_at > note.updated_at);
    }

    #[tokio::test]
    async fn an_older_version_is_refused_with_the_newer_note() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::organization(&ada, "north-wind").await;
        let seen = fixtures::note(&ada, "north-wind", "Plan").await;
        let newer: NoteView = update(&ada, &seen, &json!({"title": "Other plan"})).await.ok();
        let refused = update(&ada, &seen, &json!({"title": "My plan"})).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let error = refused.error();
        assert_eq!(error.code, ErrorCode::Conflict);
        assert_eq!(error.newer().as_ref(), Some(&newer));
        let list: List<NoteView> = ada.get("/organizations/north-wind/notes").await.ok();
        assert_eq!(list.items, [newer], "nothing was overwritten");
    }

    #[tokio::test]
    async fn of_many_who_change_the_same_version_one_succeeds() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::organization(&ada, "north-wind").await;
        let note = fixtures::note(&ada, "north-wind", "Plan").await;
        let bodies: Vec<_> = (0..8).map(|n| json!({"title": format!("Plan {n}")})).collect();
        let replies =
            futures::future::join_all(bodies.iter().map(|b| update(&ada, &note, b))).await;
        let count = |status| replies.iter().filter(|reply| reply.status == status).count();
        assert_eq!((count(StatusCode::OK), count(StatusCode::CONFLICT)), (1, 7));
        let winner = replies.iter().find(|reply| reply.status == StatusCode::OK).unwrap();
        let winner: NoteView = winner.ok();
        for reply in replies.iter().filter(|reply| reply.status == StatusCode::CONFLICT) {
            assert_eq!(reply.error().newer().as_ref(), Some(&winner));
        }
    }

    #[tokio::test]
    async fn without_a_version_nothing_is_changed() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::organization(&ada, "north-wind").await;
        let note = fixtures::note(&ada, "north-wind", "Plan").await;
        let path = format!("/notes/{}", note.id);
        for reply in [ada.patch(&path, &json!({"title": "New"})).await, ada.delete(&path).await] {
            assert_eq!(reply.status, StatusCode::PRECONDITION_REQUIRED);
            assert_eq!(reply.error().code, ErrorCode::VersionRequired);
        }
        let request = ada.request(Method::PATCH, &path).header("if-match", "*").json(&json!({}));
        assert_eq!(ada.send(request).await.error().code, ErrorCode::BadRequest);
    }

    #[tokio::test]
    async fn an_update_that_changes_nothing_makes_no_new_version() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::organization(&ada, "north-wind").await;
        let note = fixtures::note(&ada, "north-wind", "Plan").await;
        for same in [json!({}), json!({"title": "Plan", "body": ""})] {
            assert_eq!(update(&ada, &note, &same).await.ok::<NoteView>(), note);
        }
    }

    #[tokio::test]
    async fn plain_sql_that_changes_nothing_makes_no_new_version() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::organization(&ada, "north-wind").await;
        let note = fixtures::note(&ada, "north-wind", "Plan").await;
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
    async fn outsiders_dont_learn_that_a_note_exists_nor_what_it_says() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let linus = server.person("Linus").await;
        fixtures::organization(&ada, "north-wind").await;
        let note = fixtures::note(&ada, "north-wind", "Plan").await;
        let stale = NoteView { version: 7, ..note.clone() };
        for seen in [&note, &stale] {
            for method in [Method::PATCH, Method::DELETE] {
                let request = fixtures::matching(&linus, method, seen).json(&json!({"title": "M"}));
                let error = linus.send(request).await.error();
                assert_eq!((error.code, error.newer), (ErrorCode::NotFound, None));
            }
        }
    }
}
