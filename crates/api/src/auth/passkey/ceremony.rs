//! Ceremonies that wait for the browser: the table `passkey_ceremonies`.
//!
//! A cookie binds a challenge to its browser. It counts once, for five minutes, on every node.

use contract::SessionId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use time::Duration;

use crate::error::ApiFailure;
use crate::security_log::event::PasskeyRefusal;
use crate::token::Token;

/// How long a person may take at the authenticator.
pub const LIFETIME: Duration = Duration::minutes(5);

/// Stores the state of a ceremony; `session` is the one that begins it, if somebody is signed in. Returns
/// the token for the browser's cookie.
///
/// # Errors
/// When the database can't be written, or the system has no randomness.
pub async fn insert(
    pool: &PgPool,
    session: Option<SessionId>,
    state: &impl Serialize,
) -> Result<Token, ApiFailure> {
    let token = Token::generate().map_err(ApiFailure::internal)?;
    let state = serde_json::to_value(state).map_err(ApiFailure::internal)?;
    sqlx::query(
        "insert into passkey_ceremonies (token_hash, session_id, state, expires_at)
         values ($1, $2, $3, now() + make_interval(secs => $4))",
    )
    .bind(token.hash())
    .bind(session)
    .bind(Json(state))
    .bind(LIFETIME.as_seconds_f64())
    .execute(pool)
    .await?;
    Ok(token)
}

/// Uses a ceremony of the session up. Only one of two answers at the same time gets it.
///
/// # Errors
/// 401 if it was used, has expired, or belongs to another session or another kind of ceremony.
pub async fn take<State: DeserializeOwned>(
    pool: &PgPool,
    session: Option<SessionId>,
    token: Option<Token>,
) -> Result<State, ApiFailure> {
    const UNKNOWN: ApiFailure = ApiFailure::PasskeyRefused(PasskeyRefusal::UnknownChallenge);
    let token = token.ok_or(UNKNOWN)?;
    let state: Option<Json<Value>> = sqlx::query_scalar(
        "delete from passkey_ceremonies
          where token_hash = $1 and session_id is not distinct from $2 and expires_at > now()
         returning state",
    )
    .bind(token.hash())
    .bind(session)
    .fetch_optional(pool)
    .await?;
    let Json(state) = state.ok_or(UNKNOWN)?;
    // It may be the state of another kind of ceremony.
    serde_json::from_value(state).map_err(|_| UNKNOWN)
}

/// Deletes up to `limit` ceremonies that have expired. Returns how many.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_expired(connection: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query(
        "delete from passkey_ceremonies
          where token_hash in (select token_hash from passkey_ceremonies where expires_at <= now()
                                limit $1 for update skip locked)",
    )
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
