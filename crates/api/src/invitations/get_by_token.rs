//! `GET /invitations/token/{token}`

use axum::Json;
use axum::extract::State;
use contract::view::InvitationView;
use tracing::instrument;

use super::{link_token, row};
use crate::Api;
use crate::error::ApiFailure;
use crate::extract::ApiPath;
use crate::pictures::inline;
use crate::request_span::record_organization;

/// Returns the invitation of a link, with the organization's picture. The request needn't be signed in.
///
/// # Errors
/// 404 for an unknown token, 409 if the invitation was declined, 410 if it has expired.
#[instrument(skip_all)]
pub async fn get_by_token(
    State(api): State<Api>,
    ApiPath(token): ApiPath<String>,
) -> Result<Json<InvitationView>, ApiFailure> {
    let id = link_token::find_invitation(&api.pool, &token)
        .await?
        .ok_or_else(ApiFailure::not_found_or_hidden)?;
    let invitation = row::find(&api.pool, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    record_organization(invitation.organization.id);
    row::require_pending(&invitation, api.clock.now())?;
    let inline_picture = inline::of_organization(&api.pool, invitation.organization.id).await?;
    // Who isn't signed in receives no messages about the inviter.
    let mut shown = InvitationView { inviter_id: None, ..invitation.without_account() };
    shown.organization.inline_picture = inline_picture;
    Ok(Json(shown))
}
