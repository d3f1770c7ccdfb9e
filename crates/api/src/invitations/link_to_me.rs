//! `POST /invitations/token/{token}`

use axum::Json;
use axum::extract::State;
use contract::view::InvitationView;
use tracing::instrument;

use super::link_account::{LinkOutcome, link_account};
use super::row;
use crate::Api;
use crate::auth::account;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Links the invitation of a link to the signed-in user, who signed up without it. The user can then
/// accept or decline it.
///
/// # Errors
/// 404 for an unknown token, 403 if another email address was invited, 409 if the invitation was
/// declined, 410 if it has expired.
#[instrument(skip_all)]
pub async fn link_to_me(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(token): ApiPath<String>,
) -> Result<Json<InvitationView>, ApiFailure> {
    let user_id = request_actor.user_id();
    let mut transaction = request_actor.begin(&api.pool).await?;
    let account =
        account::find(&mut *transaction, user_id).await?.ok_or(ApiFailure::NotSignedIn)?;
    let email = account.user.email.ok_or_else(ApiFailure::not_found_or_hidden)?;
    match link_account(&mut transaction, &api.clock, &token, user_id, &email).await? {
        LinkOutcome::Linked(id) => {
            let invitation = row::find(&mut *transaction, id).await?;
            transaction.commit().await?;
            Ok(Json(invitation.ok_or_else(ApiFailure::not_found_or_hidden)?))
        }
        LinkOutcome::UnknownToken => Err(ApiFailure::not_found_or_hidden()),
        LinkOutcome::OtherEmail => Err(ApiFailure::Forbidden),
    }
}
