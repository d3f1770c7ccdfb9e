//! Reads a membership and locks its organization before a change.

use contract::view::MembershipView;
use contract::{Capability, MembershipId, OrganizationId, UserId};
use sqlx::PgConnection;

use super::row;
use crate::error::ApiFailure;
use crate::organizations::access::{self, OrganizationAccess};
use contract::OrganizationRef;

/// Reads the membership and the actor's access to its organization. The organization stays locked
/// until the transaction ends. The caller checks permissions.
///
/// # Errors
/// 404 for outsiders, and if there is no such membership.
pub async fn lock_membership(
    connection: &mut PgConnection,
    id: MembershipId,
    actor: UserId,
) -> Result<(MembershipView, OrganizationAccess), ApiFailure> {
    let organization_id: Option<OrganizationId> =
        sqlx::query_scalar("select organization_id from memberships where id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
    let reference =
        OrganizationRef::Id(organization_id.ok_or_else(ApiFailure::not_found_or_hidden)?);
    let access = access::lock_exclusive(connection, &reference, actor).await?;
    access.require(Capability::ReadOrganization)?;
    // Read after locking, because it may have changed while this transaction waited.
    let membership =
        row::find(connection, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    Ok((membership, access))
}
