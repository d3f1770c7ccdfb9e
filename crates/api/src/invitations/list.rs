//! `GET /organizations/{id}/invitations`

use axum::Json;
use axum::extract::State;
use contract::view::{InvitationView, List};
use contract::{Capability, OrganizationRef};
use tracing::instrument;

use super::pending;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::ApiPath;
use crate::organizations::access;

/// Returns the organization's pending invitations.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins.
#[instrument(skip_all)]
pub async fn list_invitations(
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(reference): ApiPath<OrganizationRef>,
) -> Result<Json<List<InvitationView>>, ApiFailure> {
    let access = access::find(&api.pool, &reference, reader.user_id).await?;
    access.require(Capability::ManageInvitations)?;
    let id = access.organization.id;
    Ok(Json(List::single_page(
        pending::load_for_organization(&api.pool, id, api.clock.now()).await?,
    )))
}
