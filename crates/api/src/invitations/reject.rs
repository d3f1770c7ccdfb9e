//! `POST /invitations/{id}/reject`

use axum::extract::State;
use axum::http::StatusCode;
use contract::{InvitationId, Timestamp, UserId};
use sqlx::PgConnection;

use super::locked;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::PathOf;

/// Says no. Saying it again changes nothing.
///
/// # Errors
/// 404 for everybody but the invited.
pub async fn reject(
    State(api): State<Api>,
    request_actor: RequestActor,
    PathOf(id): PathOf<InvitationId>,
) -> Result<StatusCode, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    locked::lock_for_invited(&mut transaction, id, request_actor.user_id()).await?;
    write(&mut transaction, id, request_actor.user_id(), api.clock.now()).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn write(
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
