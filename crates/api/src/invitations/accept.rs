//! `POST /invitations/{id}/accept`

use axum::Json;
use axum::extract::State;
use contract::view::MembershipView;
use contract::{InvitationId, UserId};
use sqlx::PgConnection;
use tracing::instrument;

use super::{lock, row};
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;
use crate::memberships;
use crate::memberships::join::join;
use db::clock::Clock;

/// Accepts the invitation. Returns the new membership.
///
/// # Errors
/// 404 for everyone except the invited person, 409 if the invitation was declined, 410 if it has expired.
#[instrument(skip_all)]
pub async fn accept_invitation(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(id): ApiPath<InvitationId>,
) -> Result<Json<MembershipView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let membership = accept(&mut transaction, &api.clock, id, request_actor.user_id()).await?;
    transaction.commit().await?;
    Ok(Json(membership))
}

/// Replaces the invitation by a membership.
///
/// # Errors
/// 404 for everyone except the invited person, 409 if the invitation was declined, 410 if it has expired.
pub async fn accept(
    connection: &mut PgConnection,
    clock: &Clock,
    id: InvitationId,
    user_id: UserId,
) -> Result<MembershipView, ApiFailure> {
    let invitation = lock::lock_for_invited(&mut *connection, id, user_id).await?;
    row::require_pending(&invitation, clock.now())?;
    let organization_id = invitation.organization.id;
    join(&mut *connection, organization_id, user_id, invitation.role).await?;
    sqlx::query("delete from invitations where id = $1 and user_id = $2")
        .bind(id)
        .bind(user_id)
        .execute(&mut *connection)
        .await?;
    memberships::row::find_of_user(connection, organization_id, user_id)
        .await?
        .ok_or(ApiFailure::Conflict)
}
