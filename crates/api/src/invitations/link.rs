//! An invitation by link gets to know its account: when that is made, or when it claims it.

use contract::{Email, InvitationId, UserId};
use sqlx::PgConnection;

use super::{locked, row, secret};
use crate::error::ApiFailure;
use db::clock::Clock;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// That invitation is the account's.
    Linked(InvitationId),
    /// The token opens nothing.
    Unknown,
    /// Another address was invited.
    ForAnother,
}

/// Makes the invitation that the token opens the account's: that one only. Whoever invited
/// holds the token too, so it proves nothing about the mailbox, and other organizations'
/// invitations of the same address stay closed.
///
/// # Errors
/// 409 when the invitation was rejected, 410 when its time is over.
pub async fn link(
    connection: &mut PgConnection,
    clock: &Clock,
    token: &str,
    user_id: UserId,
    email: &Email,
) -> Result<Linked, ApiFailure> {
    let Some(id) = secret::opens(&mut *connection, token).await? else {
        return Ok(Linked::Unknown);
    };
    let invitation = locked::lock(&mut *connection, id).await?;
    if invitation.email != *email {
        return Ok(Linked::ForAnother);
    }
    row::require_pending(&invitation, clock.now())?;
    sqlx::query("update invitations set user_id = $3 where id = $1 and email = $2")
        .bind(id)
        .bind(email)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(Linked::Linked(id))
}
