//! `GET /invitations/token/{token}`

use axum::Json;
use axum::extract::State;
use contract::view::InvitationView;

use super::{row, secret};
use crate::Api;
use crate::error::ApiFailure;
use crate::extract::PathOf;

/// What an invitation's link leads to, for whoever holds it: they needn't be signed in.
///
/// # Errors
/// 404 when the token opens nothing, 409 when the invitation was rejected, 410 when its time is
/// over.
pub async fn get_by_token(
    State(api): State<Api>,
    PathOf(token): PathOf<String>,
) -> Result<Json<InvitationView>, ApiFailure> {
    let id = secret::opens(&api.pool, &token).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    let invitation = row::find(&api.pool, id).await?.ok_or_else(ApiFailure::not_found_or_hidden)?;
    row::require_pending(&invitation, api.clock.now())?;
    Ok(Json(invitation))
}
