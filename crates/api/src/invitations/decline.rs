//! `POST /invitations/{id}/reject`

use axum::extract::State;
use axum::http::StatusCode;
use contract::{InvitationId, Timestamp, UserId};
use sqlx::PgConnection;
use tracing::instrument;

use super::lock;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Declines the invitation. Declining it again changes nothing.
///
/// # Errors
/// 404 for everyone except the invited person.
#[instrument(skip_all)]
pub async fn decline(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(id): ApiPath<InvitationId>,
) -> Result<StatusCode, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    lock::lock_for_invited(&mut transaction, id, request_actor.user_id()).await?;
    mark_declined(&mut transaction, id, request_actor.user_id(), api.clock.now()).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn mark_declined(
    connection: &mut PgConnection,
    id: InvitationId,
    user_id: UserId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update invitations set rejected_at = $3
          where id = $1 and user_id = $2 and rejected_at is null",
    )
    .bind(id)
    .bind(user_id)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}
