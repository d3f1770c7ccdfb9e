//! A membership that is about to change, with its organization locked.

use contract::view::MembershipView;
use contract::{MembershipId, OrganizationId, UserId};
use sqlx::PgConnection;

use super::row;
use crate::error::ApiFailure;
use crate::organizations::access::{self, OrganizationAccess};
use contract::OrganizationRef;

/// The membership, and how the one who acts stands to its organization, whether they may or not.
/// Both stay as they are until the transaction ends.
///
/// # Errors
/// 404 when there is no such membership.
pub async fn lock(
    connection: &mut PgConnection,
    id: MembershipId,
    request_actor: UserId,
) -> Result<(MembershipView, OrganizationAccess), ApiFailure> {
    let organization_id: Option<OrganizationId> =
        sqlx::query_scalar("select organization_id from memberships where id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
    let reference =
        OrganizationRef::Id(organization_id.ok_or_else(ApiFailure::not_found_or_hidden)?);
    let access = access::lock(connection, &reference, request_actor).await?;
    // Only now, as it may have changed before the lock was ours.
    let membership =
        row::find(connection, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    Ok((membership, access))
}
