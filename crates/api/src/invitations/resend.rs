//! `POST /invitations/{id}/resend`

use axum::extract::State;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use contract::InvitationId;
use contract::view::{InvitationView, InviteOutcome, InviteResult};
use sqlx::PgConnection;
use tracing::instrument;

use super::{LIFETIME, link_token, lock, row};
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;
use crate::repeated_request::NotStored;
use db::clock::Clock;

/// Renews the invitation for its full lifetime, even if it was declined or had expired. The answer has
/// a new link, and the former link stops working.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins, 409 for too many open
/// invitations, 429 after too many invitations.
#[instrument(skip_all)]
pub async fn resend(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(id): ApiPath<InvitationId>,
) -> Result<impl IntoResponse, ApiFailure> {
    // A repetition makes another link, because links aren't stored.
    let (mut transaction, _) = request_actor.begin_attempt(&api.pool).await?;
    let invitation = lock::lock_for_admin(&mut transaction, id, request_actor.user_id()).await?;
    api.limits.count_invitations(request_actor.user_id(), 1)?;
    let now = api.clock.now();
    if row::require_pending(&invitation, now).is_err() {
        let quotas = api.settings.quotas;
        let organization = invitation.organization.id;
        quotas.require_room_for_invitations(&mut transaction, organization, 1, now).await?;
    }
    renew(&mut transaction, &api.clock, &invitation).await?;
    let link = Some(link_token::link_path(&link_token::replace(&mut transaction, id).await?));
    transaction.commit().await?;
    let outcome = InviteOutcome::Renewed;
    Ok((Extension(NotStored), Json(InviteResult { email: invitation.email, outcome, link })))
}

async fn renew(
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
