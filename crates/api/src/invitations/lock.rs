//! Reads and locks an invitation before a change.

use contract::view::InvitationView;
use contract::{Capability, InvitationId, OrganizationId, UserId};
use sqlx::PgConnection;

use super::row;
use crate::error::ApiFailure;
use crate::organizations::access;
use crate::request_span::record_organization;
use contract::OrganizationRef;

/// Reads the invitation after locking its organization, which protects both from changes until the
/// transaction ends. Deleting an organization locks in the same order, so there is no deadlock.
///
/// # Errors
/// 404 if there is no such invitation.
pub async fn lock_invitation(
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
    let invitation = find(connection, id).await?;
    record_organization(invitation.organization.id);
    Ok(invitation)
}

/// Like [`lock_invitation`], for an admin of the organization.
///
/// # Errors
/// 404 for outsiders, also for the invited person; 403 for members who aren't admins.
pub async fn lock_for_admin(
    connection: &mut PgConnection,
    id: InvitationId,
    admin: UserId,
) -> Result<InvitationView, ApiFailure> {
    // Before locking as well, so that others wait for nobody.
    let invitation = find(connection, id).await?;
    require_admin(connection, &invitation, admin).await?;
    let invitation = lock_invitation(&mut *connection, id).await?;
    require_admin(connection, &invitation, admin).await?;
    Ok(invitation)
}

/// Like [`lock_invitation`], for the invited person.
///
/// # Errors
/// 404 for everyone else.
pub async fn lock_for_invited(
    connection: &mut PgConnection,
    id: InvitationId,
    invited: UserId,
) -> Result<InvitationView, ApiFailure> {
    // Before locking as well, so that others wait for nobody.
    require_invited(&find(connection, id).await?, invited)?;
    let invitation = lock_invitation(connection, id).await?;
    require_invited(&invitation, invited)?;
    Ok(invitation)
}

async fn find(
    connection: &mut PgConnection,
    id: InvitationId,
) -> Result<InvitationView, ApiFailure> {
    row::find(connection, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)
}

async fn require_admin(
    connection: &mut PgConnection,
    invitation: &InvitationView,
    user: UserId,
) -> Result<(), ApiFailure> {
    let organization_id: OrganizationId = invitation.organization.id;
    let access = access::find(connection, &OrganizationRef::Id(organization_id), user).await?;
    access.require(Capability::ManageInvitations)
}

fn require_invited(invitation: &InvitationView, user: UserId) -> Result<(), ApiFailure> {
    let is_invited = invitation.user_id == Some(user);
    is_invited.then_some(()).ok_or_else(ApiFailure::not_found_or_hidden)
}
