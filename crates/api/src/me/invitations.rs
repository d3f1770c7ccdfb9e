//! `GET /me/invitations`

use axum::Json;
use axum::extract::State;
use contract::view::{InvitationView, List};
use tracing::instrument;

use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::invitations::pending;

/// Returns the invitations that the reader can accept.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn my_invitations(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<List<InvitationView>>, ApiFailure> {
    let pending = pending::load_for_user(&api.pool, reader.user_id, api.clock.now()).await?;
    Ok(Json(List::single_page(pending)))
}
