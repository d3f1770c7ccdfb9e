//! Links an invitation to an account by the token of its link.

use contract::{Email, InvitationId, UserId};
use sqlx::PgConnection;

use super::{link_token, lock, row};
use crate::error::ApiFailure;
use db::clock::Clock;

/// The result of [`link_account`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOutcome {
    /// The invitation is linked to the account.
    Linked(InvitationId),
    /// No invitation has the token.
    UnknownToken,
    /// The invitation is for another email address.
    OtherEmail,
}

/// Links the token's invitation to the account, and no other invitation. The admin who invited knows
/// the token too, so the token doesn't prove that the user owns the email address. Therefore
/// invitations by other organizations stay unlinked.
///
/// # Errors
/// 409 if the invitation was declined, 410 if it has expired.
pub async fn link_account(
    connection: &mut PgConnection,
    clock: &Clock,
    token: &str,
    user_id: UserId,
    email: &Email,
) -> Result<LinkOutcome, ApiFailure> {
    let Some(id) = link_token::find_invitation(&mut *connection, token).await? else {
        return Ok(LinkOutcome::UnknownToken);
    };
    // Before locking as well, so that another user waits for nobody.
    let unlocked = row::find(&mut *connection, id).await?;
    if unlocked.is_some_and(|invitation| invitation.email != *email) {
        return Ok(LinkOutcome::OtherEmail);
    }
    let invitation = lock::lock_invitation(&mut *connection, id).await?;
    if invitation.email != *email {
        return Ok(LinkOutcome::OtherEmail);
    }
    row::require_pending(&invitation, clock.now())?;
    sqlx::query("update invitations set user_id = $3 where id = $1 and email = $2")
        .bind(id)
        .bind(email)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(LinkOutcome::Linked(id))
}
