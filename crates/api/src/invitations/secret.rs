//! The table `invitation_tokens`: what opens an invitation to somebody without an account.

use contract::InvitationId;
use sqlx::{PgConnection, PgExecutor};

use crate::error::ApiFailure;
use crate::token::Token;

/// Gives the invitation a new token, the only one it has then.
///
/// # Errors
/// When the database refuses, or the system has no randomness.
pub async fn renew(connection: &mut PgConnection, id: InvitationId) -> Result<Token, ApiFailure> {
    let token = Token::generate().map_err(ApiFailure::internal)?;
    sqlx::query(
        "insert into invitation_tokens (invitation_id, token_hash) values ($1, $2)
         on conflict (invitation_id) do update set token_hash = excluded.token_hash",
    )
    .bind(id)
    .bind(token.hash())
    .execute(connection)
    .await?;
    Ok(token)
}

/// The path that the token's holder follows.
#[must_use]
pub fn path(token: &Token) -> String {
    format!("/invitations/{}", token.reveal())
}

/// The invitation that the token opens.
///
/// # Errors
/// When the database can't answer.
pub async fn opens(
    executor: impl PgExecutor<'_>,
    text: &str,
) -> Result<Option<InvitationId>, sqlx::Error> {
    let Some(token) = Token::parse(text) else { return Ok(None) };
    sqlx::query_scalar("select invitation_id from invitation_tokens where token_hash = $1")
        .bind(token.hash())
        .fetch_optional(executor)
        .await
}
