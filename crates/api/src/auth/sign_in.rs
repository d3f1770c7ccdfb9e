//! `POST /auth/sign-in`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use contract::request::SignIn;
use contract::view::Me;
use tracing::instrument;

use super::account::{self, Credentials};
use super::password::{self, Verdict};
use super::request_actor::mutation_id;
use super::session::{self, MaybeSignedIn, SignedIn};
use super::submission::Submission;
use super::{cookie, device};
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::security_log::event::{SignInMethod, SignInRefusal};
use crate::security_log::{self, Event};
use crate::{Api, me};
use db::actor::{self, Actor};

/// Creates a session and ends the browser's former one. Responds with [`Me`] as JSON, or redirects a
/// form.
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
) -> Result<(CookieJar, Me), ApiFailure> {
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
    if let Some(former) = former {
        session::end(&mut transaction, former.user_id, former.session_id).await?;
    }
    let token =
        session::create(&mut transaction, &api.clock, user_id, device::user_agent(headers)).await?;
    transaction.commit().await?;
    security_log::record(Event::SignedIn(user_id, SignInMethod::Password));
    Ok((cookie::set(&token, api.settings), me::read(&api.pool, user_id).await?))
}

#[cfg(test)]
mod tests;
