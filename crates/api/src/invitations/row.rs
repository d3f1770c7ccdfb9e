//! Reads invitations with their organization and the name of the user who invited.

use activity::row::InvitationRow;
use contract::view::{InvitationView, InvitingOrganization};
use contract::{Colour, InvitationId, Name, Slug, Timestamp};
use sqlx::{FromRow, PgExecutor};

use crate::error::ApiFailure;

/// The statement that reads [`JoinedInvitationRow`]s, followed by `$rest`. Aliases: `i` invitations, `o`
/// organizations, `inviter` users.
macro_rules! select_invitations {
    ($rest:literal) => {
        concat!(
            "select i.id, i.organization_id, i.email, i.user_id, i.role, i.invited_by, i.rejected_at,
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

/// A row of [`select_invitations`].
#[derive(Clone, Debug, FromRow)]
pub struct JoinedInvitationRow {
    #[sqlx(flatten)]
    invitation: InvitationRow,
    organization_name: Name,
    organization_slug: Slug,
    organization_colour: Option<Colour>,
    inviter_name: Option<Name>,
}

impl From<JoinedInvitationRow> for InvitationView {
    fn from(row: JoinedInvitationRow) -> Self {
        let id = row.invitation.organization_id;
        let organization = InvitingOrganization {
            id,
            name: row.organization_name,
            slug: row.organization_slug,
            colour: row.organization_colour.unwrap_or_else(|| Colour::default_for(id.uuid())),
            inline_picture: None,
        };
        row.invitation.into_view(organization, row.inviter_name)
    }
}

/// Reads the invitation, also if it was declined or has expired.
///
/// # Errors
/// When the database can't be read.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: InvitationId,
) -> Result<Option<InvitationView>, sqlx::Error> {
    let row: Option<JoinedInvitationRow> = sqlx::query_as(select_invitations!("where i.id = $1"))
        .bind(id)
        .fetch_optional(executor)
        .await?;
    Ok(row.map(InvitationView::from))
}

/// Checks that the invitation can be accepted.
///
/// # Errors
/// 409 if it was declined, 410 if it has expired.
pub fn require_pending(invitation: &InvitationView, now: Timestamp) -> Result<(), ApiFailure> {
    if invitation.rejected_at.is_some() {
        return Err(ApiFailure::InvitationRejected);
    }
    if invitation.expires_at <= now {
        return Err(ApiFailure::InvitationExpired);
    }
    Ok(())
}
