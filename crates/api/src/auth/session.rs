//! Sessions: a browser that is signed in, and how a request shows it.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use contract::{SessionId, Timestamp, UserId};
use sqlx::{FromRow, PgConnection};
use time::Duration;
use uuid::Uuid;

use super::cookie;
use crate::Api;
use crate::error::ApiFailure;
use crate::token::Token;
use db::actor::{self, Actor};
use db::clock::Clock;

/// How long a session lasts at most.
pub const LIFETIME: Duration = Duration::days(30);

/// How long a session lasts without being used.
pub const IDLE_LIFETIME: Duration = Duration::days(14);

/// How exactly a session knows when it was used, so that reading doesn't mean writing.
const USE_IS_NOTED_EVERY: Duration = Duration::minutes(1);

/// The signed-in person, and the session that says so. Refuses with 401 when there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user_id: UserId,
    /// By which session.
    pub session_id: SessionId,
    /// Sees how the system is doing.
    pub system_admin: bool,
    /// When the session ends, however it is used.
    pub expires_at: Timestamp,
}

/// The signed-in person, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaybeSignedIn(pub Option<SignedIn>);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    Api: FromRef<S>,
{
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiFailure> {
        let MaybeSignedIn(reader) = MaybeSignedIn::from_request_parts(parts, state).await?;
        reader.ok_or(ApiFailure::NotSignedIn)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeSignedIn
where
    Api: FromRef<S>,
{
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiFailure> {
        let api = Api::from_ref(state);
        let jar = CookieJar::from_headers(&parts.headers);
        match cookie::token(&jar, api.settings) {
            Some(token) => Ok(Self(find(&api, &token).await?)),
            None => Ok(Self(None)),
        }
    }
}

#[derive(FromRow)]
struct SessionRow {
    id: SessionId,
    user_id: UserId,
    system_admin: bool,
    expires_at: Timestamp,
    last_used_at: Timestamp,
}

async fn find(api: &Api, token: &Token) -> Result<Option<SignedIn>, ApiFailure> {
    let row: Option<SessionRow> = sqlx::query_as(
        "select s.id, s.user_id, u.system_admin, s.expires_at, t.last_used_at
           from session_tokens t
           join sessions s on s.id = t.session_id
           join users u on u.id = s.user_id
          where t.token_hash = $1",
    )
    .bind(token.hash())
    .fetch_optional(&api.pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let now = api.clock.now();
    if row.expires_at <= now || row.last_used_at.plus(IDLE_LIFETIME) <= now {
        expire(api, row.id).await?;
        return Ok(None);
    }
    if row.last_used_at.plus(USE_IS_NOTED_EVERY) <= now {
        note_use(api, row.id, now).await?;
    }
    Ok(Some(SignedIn {
        user_id: row.user_id,
        session_id: row.id,
        system_admin: row.system_admin,
        expires_at: row.expires_at,
    }))
}

async fn expire(api: &Api, id: SessionId) -> Result<(), sqlx::Error> {
    let mut transaction = actor::begin_as(&api.pool, &Actor::default()).await?;
    sqlx::query("delete from sessions where id = $1").bind(id).execute(&mut *transaction).await?;
    transaction.commit().await
}

async fn note_use(api: &Api, id: SessionId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("update session_tokens set last_used_at = $2 where session_id = $1")
        .bind(id)
        .bind(now)
        .execute(&api.pool)
        .await?;
    Ok(())
}

/// Signs the user in: a new session with a token of its own, at the browser that says so of
/// itself.
///
/// # Errors
/// When the database refuses, or the system has no randomness.
pub async fn open(
    connection: &mut PgConnection,
    clock: &Clock,
    user_id: UserId,
    user_agent: Option<&str>,
) -> Result<Token, ApiFailure> {
    let token = Token::generate().map_err(ApiFailure::internal)?;
    let id = SessionId::from_uuid(Uuid::now_v7());
    let now = clock.now();
    sqlx::query(
        "insert into sessions (id, user_id, created_at, expires_at) values ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(user_id)
    .bind(now)
    .bind(now.plus(LIFETIME))
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into session_tokens (session_id, token_hash, last_used_at, user_agent)
         values ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(token.hash())
    .bind(now)
    .bind(user_agent)
    .execute(&mut *connection)
    .await?;
    Ok(token)
}

/// Whether there was something to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The session is ended.
    Ended,
    /// This user has no such session.
    Unknown,
}

/// Ends a session of that user.
///
/// # Errors
/// When the database refuses.
pub async fn close(
    connection: &mut PgConnection,
    user_id: UserId,
    id: SessionId,
) -> Result<Closed, sqlx::Error> {
    let ended = sqlx::query("delete from sessions where id = $1 and user_id = $2")
        .bind(id)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(if ended.rows_affected() == 0 { Closed::Unknown } else { Closed::Ended })
}

/// Ends every session of the person but the one that they act by.
///
/// # Errors
/// When the database refuses.
pub async fn close_others(
    connection: &mut PgConnection,
    person: &SignedIn,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from sessions where user_id = $1 and id <> $2")
        .bind(person.user_id)
        .bind(person.session_id)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
