//! `POST /invitations/{id}/resend`

use axum::Json;
use axum::extract::State;
use contract::InvitationId;
use contract::view::{InvitationView, InviteOutcome, InviteResult};
use sqlx::PgConnection;

use super::{LIFETIME, locked, secret};
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::PathOf;
use db::clock::Clock;

/// Opens the invitation again for its full time, also when it was rejected or had expired. For an
/// address without an account there is a new link; the former one leads nowhere from then on.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins.
pub async fn resend(
    State(api): State<Api>,
    request_actor: RequestActor,
    PathOf(id): PathOf<InvitationId>,
) -> Result<Json<InviteResult>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let invitation = locked::lock_for_admin(&mut transaction, id, request_actor.user_id()).await?;
    reopen(&mut transaction, &api.clock, &invitation).await?;
    let link = match invitation.user_id {
        Some(_) => None,
        None => Some(secret::path(&secret::renew(&mut transaction, id).await?)),
    };
    transaction.commit().await?;
    let outcome = InviteOutcome::Renewed;
    Ok(Json(InviteResult { email: invitation.email, outcome, link }))
}

async fn reopen(
    connection: &mut PgConnection,
    clock: &Clock,
    invitation: &InvitationView,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update invitations set expires_at = $3, rejected_at = null
          where id = $1 and organization_id = $2",
    )
    .bind(invitation.id)
    .bind(invitation.organization.id)
    .bind(clock.now().plus(LIFETIME))
    .execute(connection)
    .await?;
    Ok(())
}
