//! Sessions, and the extractors that authenticate a request by its session cookie.

pub mod loader;
pub mod proof;

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use contract::request::EXPECTED_USER_HEADER;
use contract::{SessionId, Timestamp, UserId};
use sqlx::PgConnection;
use time::Duration;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::cookie;
use crate::Api;
use crate::error::ApiFailure;
use crate::request_span::record_user;
use crate::security_log;
use crate::token::Token;
use db::actor::{self, Actor};
use db::clock::Clock;

/// The maximum lifetime of a session.
pub const LIFETIME: Duration = Duration::days(30);

/// The maximum time between two uses of a session.
pub const IDLE_LIFETIME: Duration = Duration::days(14);

/// How many sessions a user may have. A new one beyond ends the oldest.
pub const MAX_PER_USER: i64 = 50;

/// `last_used_at` is updated at most this often, so that most requests don't write.
const LAST_USED_PRECISION: Duration = Duration::minutes(1);

/// The signed-in user and their session. As an extractor it refuses requests without a session (401).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The user's id.
    pub user_id: UserId,
    /// The session's id.
    pub session_id: SessionId,
    /// Whether the user may open `/system`.
    pub system_admin: bool,
    /// When the session ends, even if it is in use.
    pub expires_at: Timestamp,
}

/// The signed-in user, or `None` for an anonymous request.
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
        let Some(token) = cookie::read_token(&jar, api.settings) else { return Ok(Self(None)) };
        let reader = match parts.extensions.get::<PageSession>() {
            Some(PageSession(session)) => {
                *session.get_or_try_init(async || find(&api, &token).await).await?
            }
            None => find(&api, &token).await?,
        };
        if let Some(reader) = reader {
            record_user(reader.user_id);
            security_log::set_account(reader.user_id);
            require_expected(reader.user_id, &parts.headers)?;
        }
        Ok(Self(reader))
    }
}

/// An extension of the requests by which one page is rendered, all of which have the same cookies: the
/// session is read once for all of them.
#[derive(Clone, Debug, Default)]
pub struct PageSession(Arc<OnceCell<Option<SignedIn>>>);

/// Checks that the page was rendered for this user, if the request says for whom it was. In another tab
/// somebody else may have signed in since.
fn require_expected(user: UserId, headers: &HeaderMap) -> Result<(), ApiFailure> {
    match headers.get(EXPECTED_USER_HEADER) {
        Some(expected) if expected.as_bytes() != user.to_string().as_bytes() => {
            Err(ApiFailure::OtherAccount)
        }
        _ => Ok(()),
    }
}

async fn find(api: &Api, token: &Token) -> Result<Option<SignedIn>, ApiFailure> {
    let row = api.sessions.load(token).await?;
    let Some(row) = row else { return Ok(None) };
    let now = api.clock.now();
    // Whether these writes succeed doesn't change the answer, so that a database that only reads, or
    // whose disk is full, still serves readers. The next request tries again.
    if row.expires_at <= now || row.last_used_at.plus(IDLE_LIFETIME) <= now {
        if let Err(error) = expire(api, row.id).await {
            tracing::debug!(%error, "an expired session can't be deleted");
        }
        return Ok(None);
    }
    if row.last_used_at.plus(LAST_USED_PRECISION) <= now
        && let Err(error) = update_last_used(api, row.id, now).await
    {
        tracing::debug!(%error, "the last use of a session can't be recorded");
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

/// Doesn't wait for a row that another request updates at the same time.
async fn update_last_used(api: &Api, id: SessionId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update session_tokens set last_used_at = $2
          where session_id = (select session_id from session_tokens
                               where session_id = $1 for update skip locked)",
    )
    .bind(id)
    .bind(now)
    .execute(&api.pool)
    .await?;
    Ok(())
}

/// Creates a session and returns its token. `proven_at` is when the user has proved who they are, if that is
/// known; `user_agent` names the device in the list of sessions. The user's oldest session ends if there
/// are more than [`MAX_PER_USER`].
///
/// # Errors
/// When the database can't be written, or the system has no randomness.
pub async fn create(
    connection: &mut PgConnection,
    clock: &Clock,
    user_id: UserId,
    proven_at: Option<Timestamp>,
    user_agent: Option<&str>,
) -> Result<Token, ApiFailure> {
    record_user(user_id);
    let token = Token::generate().map_err(ApiFailure::internal)?;
    let id = SessionId::from_uuid(Uuid::now_v7());
    let now = clock.now();
    end_oldest(&mut *connection, user_id, MAX_PER_USER - 1).await?;
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
        "insert into session_tokens (session_id, token_hash, last_used_at, user_agent, proven_at)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(token.hash())
    .bind(now)
    .bind(user_agent)
    .bind(proven_at)
    .execute(&mut *connection)
    .await?;
    Ok(token)
}

/// Ends the user's oldest sessions, except for `kept` of them. The account stays locked until the
/// transaction ends, so that sign-ins at the same time count each other.
async fn end_oldest(
    connection: &mut PgConnection,
    user_id: UserId,
    kept: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("select from users where id = $1 for no key update")
        .bind(user_id)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "delete from sessions
          where user_id = $1
            and id in (select id from sessions where user_id = $1
                        order by created_at desc, id desc offset $2)",
    )
    .bind(user_id)
    .bind(kept)
    .execute(connection)
    .await?;
    Ok(())
}

/// The result of [`end`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndOutcome {
    /// The session was ended.
    Ended,
    /// The user has no such session.
    NotFound,
}

/// Ends a session of the user.
///
/// # Errors
/// When the database can't be written.
pub async fn end(
    connection: &mut PgConnection,
    user_id: UserId,
    id: SessionId,
) -> Result<EndOutcome, sqlx::Error> {
    let ended = sqlx::query("delete from sessions where id = $1 and user_id = $2")
        .bind(id)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(if ended.rows_affected() == 0 { EndOutcome::NotFound } else { EndOutcome::Ended })
}

/// Ends all sessions of the user except the given one.
///
/// # Errors
/// When the database can't be written.
pub async fn end_others(
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

/// Ends all sessions of the user. Returns how many.
///
/// # Errors
/// When the database can't be written.
pub async fn end_all(connection: &mut PgConnection, user_id: UserId) -> Result<u64, sqlx::Error> {
    let ended = sqlx::query("delete from sessions where user_id = $1")
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(ended.rows_affected())
}

/// Ends the sessions of all users. Returns how many.
///
/// # Errors
/// When the database can't be written.
pub async fn end_all_of_everybody(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let ended = sqlx::query("delete from sessions").execute(connection).await?;
    Ok(ended.rows_affected())
}

/// Deletes up to `limit` sessions that have expired, or weren't used for [`IDLE_LIFETIME`]. Returns how
/// many.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_expired(connection: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query(
        "delete from sessions
          where id in (select id from sessions
                        where expires_at <= now()
                           or id in (select session_id from session_tokens
                                      where last_used_at <= now() - make_interval(secs => $1))
                        limit $2 for update skip locked)",
    )
    .bind(IDLE_LIFETIME.as_seconds_f64())
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}

/// Gives the session a new token: whoever knows the former one is signed out.
///
/// # Errors
/// 401 when the session has ended.
pub async fn replace_token(
    connection: &mut PgConnection,
    person: &SignedIn,
) -> Result<Token, ApiFailure> {
    let token = Token::generate().map_err(ApiFailure::internal)?;
    let replaced = sqlx::query("update session_tokens set token_hash = $2 where session_id = $1")
        .bind(person.session_id)
        .bind(token.hash())
        .execute(connection)
        .await?;
    match replaced.rows_affected() {
        0 => Err(ApiFailure::NotSignedIn),
        _ => Ok(token),
    }
}

#[cfg(test)]
mod tests;
