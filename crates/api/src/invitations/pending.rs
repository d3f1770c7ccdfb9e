//! The invitations that can be accepted, newest first.

use contract::view::InvitationView;
use contract::{OrganizationId, Timestamp, UserId};
use sqlx::PgExecutor;

use super::row::{InvitationRow, select_invitations};

/// What the user can accept.
///
/// # Errors
/// When the database can't answer.
pub async fn of_user(
    executor: impl PgExecutor<'_>,
    user_id: UserId,
    now: Timestamp,
) -> Result<Vec<InvitationView>, sqlx::Error> {
    let rows: Vec<InvitationRow> = sqlx::query_as(select_invitations!(
        "where i.user_id = $1 and i.rejected_at is null and i.expires_at > $2
         order by i.created_at desc, i.id desc"
    ))
    .bind(user_id)
    .bind(now)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(InvitationView::from).collect())
}

/// Who can still join the organization.
///
/// # Errors
/// When the database can't answer.
pub async fn of_organization(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    now: Timestamp,
) -> Result<Vec<InvitationView>, sqlx::Error> {
    let rows: Vec<InvitationRow> = sqlx::query_as(select_invitations!(
        "where i.organization_id = $1 and i.rejected_at is null and i.expires_at > $2
         order by i.created_at desc, i.id desc"
    ))
    .bind(organization_id)
    .bind(now)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(InvitationView::from).collect())
}
