//! `GET /auth/links/{purpose}/{token}`: what a link is for, before it is used.

use axum::Json;
use axum::extract::State;
use contract::account_link::{LinkPurpose, LinkView};
use tracing::instrument;

use super::account_link;
use crate::Api;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Returns the link. Anyone with its token may see its address, since the token was sent there.
///
/// # Errors
/// 410 for a link that was used or has expired, 429 for too many tries.
#[instrument(skip_all)]
pub async fn show_link(
    State(api): State<Api>,
    address: ClientAddress,
    ApiPath((purpose, token)): ApiPath<(LinkPurpose, String)>,
) -> Result<Json<LinkView>, ApiFailure> {
    api.limits.count_link(address)?;
    let link = account_link::find(&api.pool, purpose, &token).await?;
    Ok(Json(LinkView { purpose: link.purpose, email: link.email, name: link.name }))
}
