//! `POST` and `DELETE /me/email`, and `POST /me/email/confirmation`

use axum::extract::State;
use axum::http::StatusCode;
use contract::account_link::LinkPurpose;
use contract::request::ChangeEmail;
use contract::{Email, UserId};
use sqlx::PgConnection;
use tracing::instrument;

use crate::Api;
use crate::auth::account;
use crate::auth::account_link::{self, AccountLink, pending_email};
use crate::auth::request_actor::RequestActor;
use crate::auth::session::proof::RecentlyProven;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::extract::JsonBody;
use crate::mail::queue;

/// Sends a link to the new address; opening it changes the address. The password is required, so that
/// nobody can take over the account with an unattended browser; without one, a recent proof is. The answer is the same for an address that
/// another account has.
///
/// # Errors
/// 422 if the password is wrong, 403 if two-factor authentication is on and the last proof is too old.
#[instrument(skip_all)]
pub async fn change_email(
    State(api): State<Api>,
    address: ClientAddress,
    request_actor: RequestActor,
    JsonBody(ChangeEmail { email, password }): JsonBody<ChangeEmail>,
) -> Result<StatusCode, ApiFailure> {
    let proven = RecentlyProven::by_password(&api, request_actor, password, "password").await?;
    api.limits.count_confirmation(address, &email)?;
    let mut transaction = proven.begin(&api.pool).await?;
    send_link(&mut transaction, proven.user_id(), email).await?;
    transaction.commit().await?;
    api.mail.wake();
    Ok(StatusCode::ACCEPTED)
}

/// Sends the link again: to the new address if one waits, otherwise to the present one, unless it is
/// confirmed.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn send_confirmation(
    State(api): State<Api>,
    address: ClientAddress,
    request_actor: RequestActor,
) -> Result<StatusCode, ApiFailure> {
    let user_id = request_actor.user_id();
    let mut transaction = request_actor.begin(&api.pool).await?;
    let present = account::lock_email(&mut transaction, user_id).await?;
    let present = present.ok_or(ApiFailure::NotSignedIn)?;
    let pending = pending_email(&mut *transaction, user_id).await?;
    let is_confirmed = account::is_email_confirmed(&mut *transaction, user_id).await?;
    let recipient = pending.or_else(|| (!is_confirmed).then_some(present));
    if let Some(recipient) = recipient {
        api.limits.count_confirmation(address, &recipient)?;
        send_link(&mut transaction, user_id, recipient).await?;
    }
    transaction.commit().await?;
    api.mail.wake();
    Ok(StatusCode::ACCEPTED)
}

/// Cancels the change to an address that isn't confirmed yet: its link stops working.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn cancel_change(
    State(api): State<Api>,
    request_actor: RequestActor,
) -> Result<StatusCode, ApiFailure> {
    let user_id = request_actor.user_id();
    let mut transaction = request_actor.begin(&api.pool).await?;
    account_link::delete_for_user(&mut transaction, user_id, LinkPurpose::ConfirmEmail).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a new link, which replaces the former one.
async fn send_link(
    connection: &mut PgConnection,
    user_id: UserId,
    email: Email,
) -> Result<(), sqlx::Error> {
    account_link::delete_for_user(&mut *connection, user_id, LinkPurpose::ConfirmEmail).await?;
    let mut link = AccountLink::by_mail(LinkPurpose::ConfirmEmail, email);
    link.user_id = Some(user_id);
    queue::send_link(connection, &link).await
}

#[cfg(test)]
mod tests;
