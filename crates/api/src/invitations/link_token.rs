//! The tokens of invitation links: the table `invitation_tokens`.

use contract::InvitationId;
use sqlx::{PgConnection, PgExecutor};

use crate::error::ApiFailure;
use crate::token::Token;

/// Generates the invitation's token. A former token stops working.
///
/// # Errors
/// When the database can't be written, or the system has no randomness.
pub async fn replace(connection: &mut PgConnection, id: InvitationId) -> Result<Token, ApiFailure> {
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

/// Returns the path of the invitation link.
#[must_use]
pub fn link_path(token: &Token) -> String {
    format!("/invitations/{}", token.reveal())
}

/// Finds the invitation of the token. `None` for an unknown or malformed token.
///
/// # Errors
/// When the database can't be read.
pub async fn find_invitation(
    executor: impl PgExecutor<'_>,
    text: &str,
) -> Result<Option<InvitationId>, sqlx::Error> {
    let Some(token) = Token::parse(text) else { return Ok(None) };
    sqlx::query_scalar("select invitation_id from invitation_tokens where token_hash = $1")
        .bind(token.hash())
        .fetch_optional(executor)
        .await
}
