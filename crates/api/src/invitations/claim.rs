//! `POST /invitations/token/{token}`

use axum::Json;
use axum::extract::State;
use contract::view::InvitationView;

use super::link::{self, Linked};
use super::row;
use crate::Api;
use crate::auth::account;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::PathOf;

/// Makes an invitation by link the signed-in person's, as signing up with the link would have: their
/// account was made without it. They answer it then like any other.
///
/// # Errors
/// 404 when the token opens nothing, 403 when the invitation is for another address, 409 when it was
/// rejected, 410 when its time is over.
pub async fn claim(
    State(api): State<Api>,
    request_actor: RequestActor,
    PathOf(token): PathOf<String>,
) -> Result<Json<InvitationView>, ApiFailure> {
    let user_id = request_actor.user_id();
    let mut transaction = request_actor.begin(&api.pool).await?;
    let account =
        account::find(&mut *transaction, user_id).await?.ok_or(ApiFailure::NotSignedIn)?;
    let email = account.user.email.ok_or_else(ApiFailure::not_found_or_hidden)?;
    match link::link(&mut transaction, &api.clock, &token, user_id, &email).await? {
        Linked::Linked(id) => {
            let invitation = row::find(&mut *transaction, id).await?;
            transaction.commit().await?;
            Ok(Json(invitation.ok_or_else(ApiFailure::not_found_or_hidden)?))
        }
        Linked::Unknown => Err(ApiFailure::not_found_or_hidden()),
        Linked::ForAnother => Err(ApiFailure::Forbidden),
    }
}
