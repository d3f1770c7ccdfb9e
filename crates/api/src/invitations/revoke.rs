//! `DELETE /invitations/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use contract::InvitationId;
use tracing::instrument;

use super::lock;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Deletes the invitation.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins.
#[instrument(skip_all)]
pub async fn revoke(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(id): ApiPath<InvitationId>,
) -> Result<StatusCode, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let invitation = lock::lock_for_admin(&mut transaction, id, request_actor.user_id()).await?;
    sqlx::query("delete from invitations where id = $1 and organization_id = $2")
        .bind(invitation.id)
        .bind(invitation.organization.id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
