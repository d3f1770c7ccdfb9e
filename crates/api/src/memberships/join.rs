//! Creates memberships.

use contract::{MembershipId, OrganizationId, Role, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Adds the user to the organization, at the end of the user's menu. Does nothing for members.
///
/// # Errors
/// When the user or the organization was deleted, or the database can't be written.
pub async fn join(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    user_id: UserId,
    role: Role,
) -> Result<(), sqlx::Error> {
    // Steps of ten leave room to move an entry between two others.
    sqlx::query(
        "insert into memberships (id, organization_id, user_id, role, display_order)
         select $1, $2, $3, $4, coalesce(max(display_order), 0) + 10
           from memberships
          where user_id = $3
         on conflict on constraint memberships_organization_user_unique do nothing",
    )
    .bind(MembershipId::from_uuid(Uuid::now_v7()))
    .bind(organization_id)
    .bind(user_id)
    .bind(role)
    .execute(connection)
    .await?;
    Ok(())
}
