//! Sign-ins whose first step has succeeded and that wait for a code: the table `pending_sign_ins`.
//!
//! A cookie binds one to the browser. It can be used once, for a few minutes and a few codes.

use contract::UserId;
use sqlx::{PgConnection, PgPool};
use time::Duration;

use crate::error::ApiFailure;
use crate::token::Token;

/// How long a code can be entered.
pub const LIFETIME: Duration = Duration::minutes(10);

/// How many codes can be entered.
const MAX_ATTEMPTS: i32 = 5;

/// Stores a sign-in that waits. Returns the token for the browser's cookie.
///
/// # Errors
/// When the database can't be written, or the system has no randomness.
pub async fn insert(connection: &mut PgConnection, user: UserId) -> Result<Token, ApiFailure> {
    let token = Token::generate().map_err(ApiFailure::internal)?;
    sqlx::query(
        "insert into pending_sign_ins (token_hash, user_id, expires_at)
         values ($1, $2, now() + make_interval(secs => $3))",
    )
    .bind(token.hash())
    .bind(user)
    .bind(LIFETIME.as_seconds_f64())
    .execute(connection)
    .await?;
    Ok(token)
}

/// Counts an attempt to enter a code, before it is compared, so that attempts at the same time count too.
///
/// # Errors
/// 401 if the sign-in has ended.
pub async fn count_attempt(pool: &PgPool, token: &Token) -> Result<UserId, ApiFailure> {
    sqlx::query_scalar(
        "update pending_sign_ins set attempts = attempts + 1
          where token_hash = $1 and expires_at > now() and attempts < $2
         returning user_id",
    )
    .bind(token.hash())
    .bind(MAX_ATTEMPTS)
    .fetch_optional(pool)
    .await?
    .ok_or(ApiFailure::SignInExpired)
}

/// Uses the sign-in up. Only one of two requests at the same time succeeds.
///
/// # Errors
/// 401 if it was used, or has ended since, for example because the password was changed.
pub async fn take(connection: &mut PgConnection, token: &Token) -> Result<(), ApiFailure> {
    let taken = sqlx::query("delete from pending_sign_ins where token_hash = $1")
        .bind(token.hash())
        .execute(connection)
        .await?;
    if taken.rows_affected() == 0 { Err(ApiFailure::SignInExpired) } else { Ok(()) }
}

/// Ends all sign-ins that wait for a code.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_all(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("delete from pending_sign_ins").execute(connection).await?;
    Ok(())
}

/// Ends the account's sign-ins that wait: what their first step proved doesn't count any more.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_for_user(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from pending_sign_ins where user_id = $1")
        .bind(user)
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes up to `limit` sign-ins that have expired. Returns how many.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_expired(connection: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query(
        "delete from pending_sign_ins
          where token_hash in (select token_hash from pending_sign_ins where expires_at <= now()
                                limit $1 for update skip locked)",
    )
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
