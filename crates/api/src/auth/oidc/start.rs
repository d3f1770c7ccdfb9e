//! `GET /auth/oidc`, `GET /auth/oidc/confirm` and `GET /auth/oidc/link`: the way to the provider.
//!
//! These are links rather than forms: the content security policy lets forms lead to this server only, also
//! after redirects. Pages of other sites can't lead here (`fetch_metadata`).

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use tracing::instrument;

use super::authentication_request::{self, Purpose, Secrets};
use super::provider::{ProviderError, Reauthentication};
use crate::Api;
use crate::auth::cookie;
use crate::auth::local_path::LocalPath;
use crate::auth::session::SignedIn;
use crate::auth::session::proof::RecentlyProven;
use crate::auth::submission::SubmissionKind;
use crate::client_address::ClientAddress;
use crate::error::ApiFailure;
use crate::extract::ApiQuery;
use crate::security_log::event::ProviderRefusal;

/// The query of a link to the provider.
#[derive(Clone, Debug, Deserialize)]
pub struct Start {
    /// The page that follows.
    #[serde(default)]
    next: Option<String>,
}

/// Sends the browser to the provider, to sign in.
#[instrument(skip_all)]
pub async fn sign_in(
    State(api): State<Api>,
    address: ClientAddress,
    ApiQuery(Start { next }): ApiQuery<Start>,
) -> Response {
    begin(&api, address, Purpose::SignIn, next).await
}

/// Sends the browser to the provider, so that the session's user proves again who they are.
#[instrument(skip_all)]
pub async fn confirm(
    State(api): State<Api>,
    person: SignedIn,
    address: ClientAddress,
    ApiQuery(Start { next }): ApiQuery<Start>,
) -> Response {
    begin(&api, address, Purpose::Proof(person.session_id), next).await
}

/// Sends the browser to the provider, so that the session's user links the person there to their account.
#[instrument(skip_all)]
pub async fn link(
    State(api): State<Api>,
    proven: RecentlyProven,
    address: ClientAddress,
    ApiQuery(Start { next }): ApiQuery<Start>,
) -> Response {
    begin(&api, address, Purpose::Link(proven.person.session_id), next).await
}

async fn begin(
    api: &Api,
    address: ClientAddress,
    purpose: Purpose,
    next: Option<String>,
) -> Response {
    let next = next.as_deref().and_then(LocalPath::parse);
    match send_to_provider(api, address, purpose, next.as_ref()).await {
        Ok((cookie, redirect)) => (cookie, redirect).into_response(),
        Err(failure) => SubmissionKind::visit(next).respond_done(purpose.page(), Err(failure)),
    }
}

async fn send_to_provider(
    api: &Api,
    address: ClientAddress,
    purpose: Purpose,
    next: Option<&LocalPath>,
) -> Result<(CookieJar, Redirect), ApiFailure> {
    let provider = super::provider(api)?;
    api.limits.count_sign_in_start(address)?;
    let reauthentication = match purpose {
        Purpose::SignIn | Purpose::Link(_) => Reauthentication::Optional,
        Purpose::Proof(_) => Reauthentication::Required,
    };
    let token = authentication_request::insert(&api.pool, purpose, next).await?;
    let url = provider.authorization_url(Secrets::of(&token), reauthentication).await?;
    Ok((cookie::set_provider(&token, api.settings), Redirect::to(url.as_str())))
}

impl Purpose {
    /// Returns the page on which it began.
    pub(super) const fn page(self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in",
            Self::Proof(_) => "/confirm",
            Self::Link(_) => "/account/sign-in-methods",
        }
    }
}

impl From<ProviderError> for ApiFailure {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unreachable(_) => Self::ProviderUnreachable(error.into()),
            ProviderError::Refused(_) => {
                tracing::warn!(%error, "nobody was signed in");
                Self::ProviderRefused(ProviderRefusal::Answer)
            }
            ProviderError::Gate(error) => error.into(),
        }
    }
}
