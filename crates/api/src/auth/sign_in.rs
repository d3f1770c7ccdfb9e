//! `POST /auth/sign-in`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use contract::request::SignIn;
use tracing::instrument;

use super::account::{self, Credentials};
use super::first_step::{self, SignInOutcome};
use super::password::{self, Verdict};
use super::request_actor::mutation_id;
use super::session::{MaybeSignedIn, SignedIn};
use super::submission::Submission;
use crate::Api;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::security_log::event::{SignInMethod, SignInRefusal};
use crate::security_log::{self, Event};
use db::actor::{self, Actor};

/// Creates a session and ends the browser's former one. Responds with `Me` as JSON, or redirects a form.
/// If the account has two-factor authentication, it responds with 202, or redirects a form to the page of
/// the second step.
#[instrument(skip_all)]
pub async fn sign_in(
    State(api): State<Api>,
    MaybeSignedIn(former): MaybeSignedIn,
    address: ClientAddress,
    headers: HeaderMap,
    Submission { content, kind }: Submission<SignIn>,
) -> Response {
    let outcome = async { authenticate(&api, former, address, &headers, content?).await };
    kind.respond_signed_in("/sign-in", outcome.await)
}

async fn authenticate(
    api: &Api,
    former: Option<SignedIn>,
    address: ClientAddress,
    headers: &HeaderMap,
    SignIn { email, password }: SignIn,
) -> Result<SignInOutcome, ApiFailure> {
    let mutation_id = mutation_id(headers)?;
    api.limits.count_sign_in(address, &email)?;
    let credentials = account::find_credentials(&api.pool, &email).await?;
    let hash = credentials.as_ref().map(|it| it.password_hash.clone());
    let verdict = password::verify(password.clone(), hash).await?;
    let refuse = |refusal| {
        security_log::record(Event::SignInRefused(&email, refusal));
        Err(ApiFailure::WrongCredentials)
    };
    let Some(credentials) = credentials else { return refuse(SignInRefusal::NoAccount) };
    if verdict != Verdict::Correct {
        return refuse(SignInRefusal::WrongPassword);
    }
    let Credentials { user_id, password_hash } = credentials;
    let rehashed = match password::needs_rehash(&password_hash) {
        true => Some(password::hash(password).await?),
        false => None,
    };
    let actor = Actor { user_id: Some(user_id), mutation_id };
    let mut transaction = actor::begin_as(&api.pool, &actor).await?;
    // A password that was changed since it was checked ends this sign-in too.
    if !account::lock_password_hash(&mut transaction, user_id, &password_hash).await? {
        return refuse(SignInRefusal::WrongPassword);
    }
    if let Some(hash) = rehashed {
        account::set_password(&mut transaction, user_id, &hash).await?;
    }
    let now = Some(api.clock.now());
    let issued = first_step::issue(&mut transaction, api, user_id, former, now, headers).await?;
    transaction.commit().await?;
    issued.into_outcome(api, user_id, SignInMethod::Password).await
}

#[cfg(test)]
mod tests;
