//! Reads and locks a note before a change.

use contract::note::NoteView;
use contract::{Capability, NoteId, OrganizationId, OrganizationRef, UserId};
use sqlx::PgConnection;

use super::row;
use crate::error::ApiFailure;
use crate::organizations::access::{self, OrganizationAccess};

/// Reads the note and the actor's access to its organization. Both stay locked until the transaction
/// ends. The caller checks permissions.
///
/// # Errors
/// 404 for outsiders, and if there is no such note.
pub async fn lock_note(
    connection: &mut PgConnection,
    id: NoteId,
    actor: UserId,
) -> Result<(NoteView, OrganizationAccess), ApiFailure> {
    let organization_id: Option<OrganizationId> =
        sqlx::query_scalar("select organization_id from notes where id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
    let organization_id = organization_id.ok_or_else(ApiFailure::not_found_or_hidden)?;
    let access =
        access::lock_shared(&mut *connection, &OrganizationRef::Id(organization_id), actor).await?;
    access.require(Capability::ReadOrganization)?;
    sqlx::query("select from notes where id = $1 and organization_id = $2 for update")
        .bind(id)
        .bind(organization_id)
        .execute(&mut *connection)
        .await?;
    // Read after locking, because it may have changed while this transaction waited.
    let note = row::find(connection, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    Ok((note, access))
}
