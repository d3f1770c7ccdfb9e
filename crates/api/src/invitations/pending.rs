//! Reads pending invitations, newest first. Declined and expired ones aren't pending.

use contract::view::InvitationView;
use contract::{OrganizationId, Timestamp, UserId};
use sqlx::PgExecutor;

use super::row::{JoinedInvitationRow, select_invitations};

/// Reads the invitations that the user can accept.
///
/// # Errors
/// When the database can't be read.
pub async fn load_for_user(
    executor: impl PgExecutor<'_>,
    user_id: UserId,
    now: Timestamp,
) -> Result<Vec<InvitationView>, sqlx::Error> {
    let rows: Vec<JoinedInvitationRow> = sqlx::query_as(select_invitations!(
        "where i.user_id = $1 and i.rejected_at is null and i.expires_at > $2
         order by i.created_at desc, i.id desc"
    ))
    .bind(user_id)
    .bind(now)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(InvitationView::from).collect())
}

/// Reads the organization's pending invitations, without the accounts of the invited people.
///
/// # Errors
/// When the database can't be read.
pub async fn load_for_organization(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    now: Timestamp,
) -> Result<Vec<InvitationView>, sqlx::Error> {
    let rows: Vec<JoinedInvitationRow> = sqlx::query_as(select_invitations!(
        "where i.organization_id = $1 and i.rejected_at is null and i.expires_at > $2
         order by i.created_at desc, i.id desc"
    ))
    .bind(organization_id)
    .bind(now)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| InvitationView::from(row).without_account()).collect())
}
