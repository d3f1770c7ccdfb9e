//! `GET /auth/methods`: what the sign-in page offers besides a password.

use axum::Json;
use axum::extract::State;
use contract::sign_in_methods::OfferedMethods;
use tracing::instrument;

use crate::Api;
use crate::auth::passkey::relying_party;

/// Returns the ways to sign in that this server offers. The same for everyone.
#[instrument(skip_all)]
pub async fn methods(State(api): State<Api>) -> Json<OfferedMethods> {
    let provider = api.provider.as_ref().map(|provider| provider.name().clone());
    Json(OfferedMethods { provider, passkey_host: relying_party::host(&api) })
}
