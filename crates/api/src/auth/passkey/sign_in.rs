//! `POST /auth/passkey/challenge` and `POST /auth/passkey`

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use contract::passkey::{PasskeyOptions, UsePasskey};
use tracing::instrument;
use webauthn_rs::prelude::DiscoverableAuthentication;

use super::ceremony;
use super::relying_party::RelyingParty;
use crate::Api;
use crate::auth::cookie;
use crate::auth::first_step::{self, Issued};
use crate::auth::session::MaybeSignedIn;
use crate::auth::submission::SubmissionKind;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::extract::JsonBody;
use crate::security_log::event::SignInMethod;
use db::actor::{self, Actor};

/// Returns the options with which the browser asks for any passkey of this server.
///
/// # Errors
/// 404 if this host can't have passkeys, 429 after too many requests.
#[instrument(skip_all)]
pub async fn challenge(
    State(api): State<Api>,
    RelyingParty(relying_party): RelyingParty,
    address: ClientAddress,
) -> Result<(CookieJar, Json<PasskeyOptions>), ApiFailure> {
    api.limits.count_sign_in_start(address)?;
    let (options, state) =
        relying_party.start_discoverable_authentication().map_err(ApiFailure::internal)?;
    let token = ceremony::insert(&api.pool, None, &state).await?;
    let options = super::options(&options.public_key)?;
    Ok((cookie::set_passkey(&token, api.settings), Json(options)))
}

/// Creates a session for the passkey's owner and ends the browser's former one. Responds like
/// `POST /auth/sign-in`, but never asks for a second factor.
#[instrument(skip_all)]
pub async fn sign_in(
    State(api): State<Api>,
    MaybeSignedIn(former): MaybeSignedIn,
    RelyingParty(relying_party): RelyingParty,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    JsonBody(answer): JsonBody<UsePasskey>,
) -> Response {
    let outcome = async {
        api.limits.count_link(address)?;
        let token = cookie::read_passkey(&jar, api.settings);
        let state: DiscoverableAuthentication = ceremony::take(&api.pool, None, token).await?;
        let (user, answer) = super::claimed_owner(&relying_party, &answer)?;
        let actor = Actor { user_id: Some(user), mutation_id: None };
        let mut transaction = actor::begin_as(&api.pool, &actor).await?;
        super::verify(&mut transaction, &relying_party, &answer, state, user).await?;
        let now = Some(api.clock.now());
        let session =
            first_step::issue_session(&mut transaction, &api, user, former, now, &headers).await?;
        transaction.commit().await?;
        Issued::Session(session).into_outcome(&api, user, SignInMethod::Passkey).await
    };
    let response = SubmissionKind::Script.respond_signed_in("/sign-in", outcome.await);
    (cookie::clear_passkey(api.settings), response).into_response()
}
