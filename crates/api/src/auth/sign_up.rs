//! `POST /auth/sign-up` and `POST /auth/sign-up/complete`
//!
//! An account exists only once the owner of its address has opened the link that is sent there. The answer
//! is the same for an address that has an account: a message tells its owner.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use contract::account_link::{ChoosePassword, LinkPurpose};
use contract::request::SignUp;
use contract::{Email, FieldProblem};
use sqlx::PgConnection;
use tracing::instrument;

use super::account_link::{self, AccountLink};
use super::first_step::{self, SignInOutcome};
use super::request_actor::mutation_id;
use super::session::{MaybeSignedIn, SignedIn};
use super::submission::Submission;
use super::{account, password, password_policy};
use crate::Api;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::invitations::{link_token, row};
use crate::mail::queue;
use crate::security_log::event::SignInMethod;
use crate::security_log::{self, Event};
use db::actor::{self, Actor};
use db::clock::Clock;

/// Sends a link with which the owner of the address finishes the sign-up. Responds with 202, or redirects a
/// form to the page that says so.
#[instrument(skip_all)]
pub async fn sign_up(
    State(api): State<Api>,
    address: ClientAddress,
    Submission { content, kind }: Submission<SignUp>,
) -> Response {
    let outcome = async { request_account(&api, address, content?).await };
    kind.respond_mail_sent("/sign-up", outcome.await)
}

async fn request_account(
    api: &Api,
    address: ClientAddress,
    SignUp { name, email, invitation }: SignUp,
) -> Result<(), ApiFailure> {
    api.limits.count_sign_up(address)?;
    let mut transaction = db::transaction::begin(&api.pool).await?;
    // Forms send an empty field if there is no invitation.
    if let Some(token) = invitation.filter(|token| !token.is_empty()) {
        require_invited(&mut transaction, &api.clock, &token, &email).await?;
    }
    let mut link = AccountLink::by_mail(LinkPurpose::SignUp, email);
    link.name = Some(name);
    queue::send_link(&mut transaction, &link).await?;
    transaction.commit().await?;
    api.mail.wake();
    Ok(())
}

/// Refuses an invitation that can't be accepted before a message is sent. Nothing else
/// happens to the invitation: it can be accepted once the account exists and its address is confirmed.
async fn require_invited(
    connection: &mut PgConnection,
    clock: &Clock,
    token: &str,
    email: &Email,
) -> Result<(), ApiFailure> {
    let id = link_token::find_invitation(&mut *connection, token).await?;
    let invitation = match id {
        Some(id) => row::find(connection, id).await?,
        None => None,
    };
    let invitation = invitation.ok_or_else(unknown_invitation)?;
    if invitation.email != *email {
        return Err(different_email());
    }
    row::require_pending(&invitation, clock.now())
}

/// Creates the account with the chosen password and signs the user in. Responds with [`Me`] as JSON, or
/// redirects a form.
#[instrument(skip_all)]
pub async fn complete(
    State(api): State<Api>,
    MaybeSignedIn(former): MaybeSignedIn,
    address: ClientAddress,
    headers: HeaderMap,
    Submission { content, kind }: Submission<ChoosePassword>,
) -> Response {
    let page = kind.link_page(LinkPurpose::SignUp);
    let outcome = async { create_account(&api, former, address, &headers, content?).await };
    kind.respond_signed_in(&page, outcome.await)
}

async fn create_account(
    api: &Api,
    former: Option<SignedIn>,
    address: ClientAddress,
    headers: &HeaderMap,
    ChoosePassword { token, password }: ChoosePassword,
) -> Result<SignInOutcome, ApiFailure> {
    let mutation_id = mutation_id(headers)?;
    api.limits.count_link(address)?;
    let link = account_link::find(&api.pool, LinkPurpose::SignUp, &token).await?;
    let name = link.name.clone().ok_or(ApiFailure::LinkExpired)?;
    password_policy::require_hard_to_guess(
        &password,
        "password",
        &[name.as_str(), link.email.as_str()],
    )
    .await?;
    let hash = password::hash(password).await?;
    let user_id = account::new_id();
    let actor = Actor { user_id: Some(user_id), mutation_id };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    account_link::take(&mut transaction, &link).await?;
    account::create(&mut transaction, user_id, &name, &link.email, &hash)
        .await
        .map_err(account_link::expired_if_taken)?;
    if link.proves_address {
        account::confirm_email(&mut transaction, user_id, &link.email).await?;
    }
    if link.system_admin {
        account::make_system_admin(&mut transaction, user_id).await?;
    }
    let now = Some(api.clock.now());
    let issued = first_step::issue(&mut transaction, api, user_id, former, now, headers).await?;
    transaction.commit().await?;
    security_log::record(Event::AccountCreated(user_id, &link.email));
    issued.into_outcome(api, user_id, SignInMethod::SignUpLink).await
}

fn unknown_invitation() -> ApiFailure {
    let message = "This invitation was revoked. Sign up without it, or ask for a new one.";
    let problem = FieldProblem { code: "unknown".to_owned(), message: message.to_owned() };
    ApiFailure::field("invitation", problem)
}

fn different_email() -> ApiFailure {
    let message = "This invitation is for a different email address. Sign up with the address it was sent to.";
    let problem = FieldProblem { code: "not_invited".to_owned(), message: message.to_owned() };
    ApiFailure::field("email", problem)
}

#[cfg(test)]
mod tests;
