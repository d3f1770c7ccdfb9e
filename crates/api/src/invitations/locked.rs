//! An invitation that is about to change.

use contract::view::InvitationView;
use contract::{Capability, InvitationId, OrganizationId, UserId};
use sqlx::PgConnection;

use super::row;
use crate::error::ApiFailure;
use crate::organizations::access;
use contract::OrganizationRef;

/// The invitation, which stays as it is until the transaction ends.
///
/// Its organization is locked first, as deleting that takes both in this order too.
///
/// # Errors
/// 404 when there is no such invitation.
pub async fn lock(
    connection: &mut PgConnection,
    id: InvitationId,
) -> Result<InvitationView, ApiFailure> {
    sqlx::query(
        "select from organizations
          where id = (select organization_id from invitations where id = $1)
            for update",
    )
    .bind(id)
    .execute(&mut *connection)
    .await?;
    row::find(connection, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)
}

/// Like [`lock`], for an admin of the organization.
///
/// # Errors
/// 404 for outsiders, also for the invited; 403 for members who aren't admins.
pub async fn lock_for_admin(
    connection: &mut PgConnection,
    id: InvitationId,
    admin: UserId,
) -> Result<InvitationView, ApiFailure> {
    let invitation = lock(&mut *connection, id).await?;
    let organization_id: OrganizationId = invitation.organization.id;
    let access = access::find(connection, &OrganizationRef::Id(organization_id), admin).await?;
    access.require(Capability::ManageInvitations)?;
    Ok(invitation)
}

/// Like [`lock`], for the invited.
///
/// # Errors
/// 404 for everybody else.
pub async fn lock_for_invited(
    connection: &mut PgConnection,
    id: InvitationId,
    invited: UserId,
) -> Result<InvitationView, ApiFailure> {
    let invitation = lock(connection, id).await?;
    if invitation.user_id == Some(invited) {
        Ok(invitation)
    } else {
        Err(ApiFailure::not_found_or_hidden())
    }
}
