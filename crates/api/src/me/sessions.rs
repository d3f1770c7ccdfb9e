//! `GET` and `DELETE /me/sessions`, and `DELETE /me/sessions/{id}`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use contract::view::{List, SessionView};
use contract::{SessionId, Timestamp, UserId};
use sqlx::{FromRow, PgPool};
use tracing::instrument;

use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::auth::session::{self, EndOutcome, IDLE_LIFETIME, SignedIn};
use crate::auth::{cookie, device};
use crate::error::ApiFailure;
use crate::extract::ApiPath;
use crate::security_log::event::EndedSessions;
use crate::security_log::{self, Event};

/// Returns the reader's sessions, most recently used first.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn my_sessions(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<List<SessionView>>, ApiFailure> {
    let rows = live_sessions(&api.pool, reader.user_id, api.clock.now()).await?;
    let views = rows.into_iter().map(|row| row.into_view(reader.session_id));
    Ok(Json(List::single_page(views.collect())))
}

/// Ends one of the user's sessions and its streams.
///
/// # Errors
/// 404 if the user has no such session.
#[instrument(skip_all)]
pub async fn end_session(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(id): ApiPath<SessionId>,
) -> Result<Response, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    match session::end(&mut transaction, request_actor.user_id(), id).await? {
        EndOutcome::Ended => transaction.commit().await?,
        EndOutcome::NotFound => return Err(ApiFailure::not_found_or_hidden()),
    }
    security_log::record(Event::SessionsEnded(request_actor.user_id(), EndedSessions::One));
    if id == request_actor.person.session_id {
        return Ok((cookie::clear(api.settings), StatusCode::NO_CONTENT).into_response());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ends all other sessions of the user and their streams.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn end_others(
    State(api): State<Api>,
    request_actor: RequestActor,
) -> Result<StatusCode, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    session::end_others(&mut transaction, &request_actor.person).await?;
    transaction.commit().await?;
    security_log::record(Event::SessionsEnded(request_actor.user_id(), EndedSessions::Others));
    Ok(StatusCode::NO_CONTENT)
}

#[derive(FromRow)]
struct SessionRow {
    id: SessionId,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
    user_agent: Option<String>,
}

impl SessionRow {
    fn into_view(self, current: SessionId) -> SessionView {
        SessionView {
            id: self.id,
            device: device::device_name(self.user_agent.as_deref()),
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
            current: self.id == current,
        }
    }
}

async fn live_sessions(
    pool: &PgPool,
    user_id: UserId,
    now: Timestamp,
) -> Result<Vec<SessionRow>, sqlx::Error> {
    sqlx::query_as(
        "select s.id, s.created_at, t.last_used_at, s.expires_at, t.user_agent
           from sessions s
           join session_tokens t on t.session_id = s.id
          where s.user_id = $1 and s.expires_at > $2 and t.last_used_at > $3
          order by t.last_used_at desc, s.id desc",
    )
    .bind(user_id)
    .bind(now)
    .bind(now.plus(-IDLE_LIFETIME))
    .fetch_all(pool)
    .await
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::Me;
    use reqwest::Method;
    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;
    use testing::PASSWORD;

    #[tokio::test]
    async fn user_ends_a_session_on_another_device() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let phone = fixtures::sign_in_again(&server, &ada).await;
        let sessions: List<SessionView> = ada.get("/me/sessions").await.ok();
        assert_eq!(sessions.total, 2);
        let other = sessions.items.iter().find(|session| !session.current).unwrap();

        ada.delete(&format!("/me/sessions/{}", other.id)).await.no_content();
        assert_eq!(phone.get("/me").await.error().code, ErrorCode::NotSignedIn);
        let _: Me = ada.get("/me").await.ok();
    }

    #[tokio::test]
    async fn user_ends_all_other_sessions() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let others = [
            fixtures::sign_in_again(&server, &ada).await,
            fixtures::sign_in_again(&server, &ada).await,
        ];
        ada.delete("/me/sessions").await.no_content();
        for other in others {
            assert_eq!(other.get("/me").await.error().code, ErrorCode::NotSignedIn);
        }
        let sessions: List<SessionView> = ada.get("/me/sessions").await.ok();
        assert!(sessions.total == 1 && sessions.items[0].current);
        let _: Me = grace.get("/me").await.ok();
    }

    #[tokio::test]
    async fn session_is_named_by_its_browser() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let phone = server.visitor();
        let request = phone
            .request(Method::POST, "/auth/sign-in")
            .header("user-agent", "Mozilla/5.0 (Android 14; Mobile; rv:143.0) Firefox/143.0")
            .json(&json!({"email": fixtures::email_of(&ada).await, "password": PASSWORD}));
        let _: Me = phone.send(request).await.ok();
        let sessions: List<SessionView> = phone.get("/me/sessions").await.ok();
        let device = |current| {
            let mut items = sessions.items.iter();
            items.find(|it| it.current == current).map(|it| it.device.as_str())
        };
        assert_eq!(device(true), Some("Firefox on Android"));
        assert_eq!(device(false), Some("Unknown device"));
    }

    #[tokio::test]
    async fn session_of_another_user_cannot_be_ended() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let sessions: List<SessionView> = grace.get("/me/sessions").await.ok();
        let path = format!("/me/sessions/{}", sessions.items[0].id);
        assert_eq!(ada.delete(&path).await.error().code, ErrorCode::NotFound);
        let _: Me = grace.get("/me").await.ok();
    }
}
