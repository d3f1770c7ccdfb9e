//! An invitation as it is read: with its organization and who asked.

use contract::view::{InvitationView, InvitingOrganization};
use contract::{Colour, Email, InvitationId, Name, OrganizationId, Role, Slug, Timestamp, UserId};
use sqlx::{FromRow, PgExecutor};

use crate::error::ApiFailure;

/// The statement that reads invitations, with what follows the joins: `i` is the invitation, `o`
/// its organization.
macro_rules! select_invitations {
    ($rest:literal) => {
        concat!(
            "select i.id, i.organization_id, i.email, i.user_id, i.role, i.rejected_at,
                    i.expires_at, i.version, i.created_at,
                    o.name as organization_name, o.slug as organization_slug,
                    o.colour as organization_colour,
                    inviter.name as inviter_name
               from invitations i
               join organizations o on o.id = i.organization_id
               left join users inviter on inviter.id = i.invited_by ",
            $rest
        )
    };
}
pub(super) use select_invitations;

/// What [`select_invitations`] reads.
#[derive(Clone, Debug, FromRow)]
pub struct InvitationRow {
    id: InvitationId,
    organization_id: OrganizationId,
    email: Email,
    user_id: Option<UserId>,
    role: Role,
    rejected_at: Option<Timestamp>,
    expires_at: Timestamp,
    version: i64,
    created_at: Timestamp,
    organization_name: Name,
    organization_slug: Slug,
    organization_colour: Option<Colour>,
    inviter_name: Option<Name>,
}

impl From<InvitationRow> for InvitationView {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: row.id,
            organization: InvitingOrganization {
                id: row.organization_id,
                name: row.organization_name,
                slug: row.organization_slug,
                colour: row
                    .organization_colour
                    .unwrap_or_else(|| Colour::following(row.organization_id.uuid())),
            },
            email: row.email,
            user_id: row.user_id,
            role: row.role,
            invited_by: row.inviter_name,
            rejected_at: row.rejected_at,
            expires_at: row.expires_at,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// The invitation, whatever became of it.
///
/// # Errors
/// When the database can't answer.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: InvitationId,
) -> Result<Option<InvitationView>, sqlx::Error> {
    let row: Option<InvitationRow> = sqlx::query_as(select_invitations!("where i.id = $1"))
        .bind(id)
        .fetch_optional(executor)
        .await?;
    Ok(row.map(InvitationView::from))
}

/// Lets only those pass that can be accepted.
///
/// # Errors
/// 409 when it was rejected, 410 when its time is over.
pub fn require_pending(invitation: &InvitationView, now: Timestamp) -> Result<(), ApiFailure> {
    if invitation.rejected_at.is_some() {
        return Err(ApiFailure::InvitationRejected);
    }
    if invitation.expires_at <= now {
        return Err(ApiFailure::InvitationExpired);
    }
    Ok(())
}
