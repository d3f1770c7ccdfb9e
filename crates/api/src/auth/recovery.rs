//! `POST /auth/recover` and `POST /auth/reset-password`: a forgotten password.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use contract::account_link::{ChoosePassword, LinkPurpose, Recover};
use tracing::instrument;

use super::account_link::{self, AccountLink};
use super::first_step::{self, SignInOutcome};
use super::request_actor::mutation_id;
use super::session::{self, MaybeSignedIn, SignedIn};
use super::submission::Submission;
use super::{account, password, password_policy, pending_sign_in};
use crate::Api;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::mail::queue;
use crate::security_log::event::{EndedSessions, SignInMethod};
use crate::security_log::{self, Event};
use db::actor::{self, Actor};

/// Sends a link with which the owner of the address chooses a new password. Responds with 202, or redirects
/// a form to the page that says so. The answer doesn't depend on whether the address has an account.
#[instrument(skip_all)]
pub async fn recover(
    State(api): State<Api>,
    address: ClientAddress,
    Submission { content, kind }: Submission<Recover>,
) -> Response {
    let outcome = async {
        let Recover { email } = content?;
        api.limits.count_recovery(address, &email)?;
        let mut transaction = db::transaction::begin(&api.pool).await?;
        let link = AccountLink::by_mail(LinkPurpose::ResetPassword, email);
        queue::send_link(&mut transaction, &link).await?;
        transaction.commit().await?;
        security_log::record(Event::RecoveryRequested(&link.email));
        api.mail.wake();
        Ok(())
    };
    kind.respond_mail_sent("/recover", outcome.await)
}

/// Sets the chosen password, ends all sessions of the account and completes the first step of signing in. An
/// account with two-factor authentication is then asked for a code. Responds like `POST /auth/sign-in`.
#[instrument(skip_all)]
pub async fn reset_password(
    State(api): State<Api>,
    MaybeSignedIn(former): MaybeSignedIn,
    address: ClientAddress,
    headers: HeaderMap,
    Submission { content, kind }: Submission<ChoosePassword>,
) -> Response {
    let page = kind.link_page(LinkPurpose::ResetPassword);
    let outcome = async { reset(&api, former, address, &headers, content?).await };
    kind.respond_signed_in(&page, outcome.await)
}

async fn reset(
    api: &Api,
    former: Option<SignedIn>,
    address: ClientAddress,
    headers: &HeaderMap,
    ChoosePassword { token, password }: ChoosePassword,
) -> Result<SignInOutcome, ApiFailure> {
    let mutation_id = mutation_id(headers)?;
    api.limits.count_link(address)?;
    let link = account_link::find(&api.pool, LinkPurpose::ResetPassword, &token).await?;
    let user_id = link.user_id.ok_or(ApiFailure::LinkExpired)?;
    let account = account::find(&api.pool, user_id).await?.ok_or(ApiFailure::LinkExpired)?;
    let name = account.user.name.as_str();
    password_policy::require_hard_to_guess(&password, "password", &[name, link.email.as_str()])
        .await?;
    let hash = password::hash(password).await.map_err(ApiFailure::internal)?;
    let actor = Actor { user_id: Some(user_id), mutation_id };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    // The lock keeps the address as it is; a link to a former address is worthless.
    let email = account::lock_email(&mut transaction, user_id).await?;
    if email.as_ref() != Some(&link.email) {
        return Err(ApiFailure::LinkExpired);
    }
    account_link::take(&mut transaction, &link).await?;
    account::set_password(&mut transaction, user_id, &hash).await?;
    account_link::delete_for_user(&mut transaction, user_id, LinkPurpose::ConfirmEmail).await?;
    if link.proves_address {
        account::confirm_email(&mut transaction, user_id, &link.email).await?;
    }
    queue::password_changed(&mut transaction, &link.email).await?;
    if let Some(former) = former {
        session::end(&mut transaction, former.user_id, former.session_id).await?;
    }
    session::end_all(&mut transaction, user_id).await?;
    pending_sign_in::delete_for_user(&mut transaction, user_id).await?;
    let now = Some(api.clock.now());
    let issued = first_step::issue(&mut transaction, api, user_id, None, now, headers).await?;
    transaction.commit().await?;
    security_log::record(Event::PasswordChanged(user_id));
    security_log::record(Event::SessionsEnded(user_id, EndedSessions::All));
    api.mail.wake();
    issued.into_outcome(api, user_id, SignInMethod::ResetLink).await
}

#[cfg(test)]
mod tests;
