//! A note that is about to change, locked.

use contract::note::NoteView;
use contract::{NoteId, OrganizationId, OrganizationRef, UserId};
use sqlx::PgConnection;

use super::row;
use crate::error::ApiFailure;
use crate::organizations::access::{self, OrganizationAccess};

/// The note, and how the one who acts stands to its organization, whether they may or not. Both
/// stay as they are until the transaction ends.
///
/// # Errors
/// 404 when there is no such note.
pub async fn lock(
    connection: &mut PgConnection,
    id: NoteId,
    request_actor: UserId,
) -> Result<(NoteView, OrganizationAccess), ApiFailure> {
    let organization_id: Option<OrganizationId> =
        sqlx::query_scalar("select organization_id from notes where id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
    let organization_id = organization_id.ok_or_else(ApiFailure::not_found_or_hidden)?;
    let access =
        access::hold(&mut *connection, &OrganizationRef::Id(organization_id), request_actor)
            .await?;
    sqlx::query("select from notes where id = $1 and organization_id = $2 for update")
        .bind(id)
        .bind(organization_id)
        .execute(&mut *connection)
        .await?;
    // Only now, as it may have changed before the lock was ours.
    let note = row::find(connection, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    Ok((note, access))
}
