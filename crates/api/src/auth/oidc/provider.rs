//! The OpenID provider. [`discovery`] reads its configuration and keys, [`person`] the person it names.
//!
//! The server starts without asking the provider, so that it also starts while the provider is down.

mod discovery;
mod error;
mod person;

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use contract::Name;
use openidconnect::core::{
    CoreAuthPrompt, CoreClient, CoreClientAuthMethod, CoreProviderMetadata, CoreResponseType,
};
use openidconnect::url::Url;
use openidconnect::{
    AuthType, AuthenticationFlow, EndpointMaybeSet, EndpointNotSet, EndpointSet, PkceCodeChallenge,
    Scope,
};
use tokio::sync::Mutex;

use self::discovery::Known;
pub use self::error::ProviderError;
pub use self::person::{Person, ProvidedEmail};
use super::authentication_request::Secrets;
use super::http_client::HttpClient;
use super::settings::OidcSettings;
use crate::blocking_gate::BlockingGate;

/// How many people the server waits for the provider for at the same time.
const CONCURRENCY: NonZero<usize> = NonZero::new(8).expect("8 isn't zero");

/// How long others wait for them.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// A client of the provider's endpoints.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The configured provider. Clones share what is known of it.
#[derive(Clone, Debug)]
pub struct Provider(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: OidcSettings,
    http: HttpClient,
    gate: BlockingGate,
    known: Mutex<Known>,
}

/// Whether the person has to sign in at the provider even if they are signed in there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reauthentication {
    /// As the provider decides.
    Optional,
    /// Always.
    Required,
}

impl Provider {
    /// Creates a provider that isn't asked yet.
    #[must_use]
    pub fn new(settings: OidcSettings) -> Self {
        let http = HttpClient::new(settings.reach);
        let gate = BlockingGate::new(CONCURRENCY, MAX_WAIT);
        Self(Arc::new(Inner { settings, http, gate, known: Mutex::default() }))
    }

    /// Returns the provider's name for people.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.settings.name
    }

    /// Returns its address, which identifies it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// Returns the address to which the browser is sent.
    ///
    /// # Errors
    /// When the provider can't be reached.
    pub async fn authorization_url(
        &self,
        secrets: Secrets,
        reauthentication: Reauthentication,
    ) -> Result<Url, ProviderError> {
        let metadata = self.metadata().await?;
        let Secrets { state, nonce, pkce_verifier } = secrets;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&pkce_verifier);
        let client = self.client(&metadata);
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let request = client
            .authorize_url(flow, || state, || nonce)
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge);
        let request = match reauthentication {
            Reauthentication::Optional => request,
            Reauthentication::Required => {
                request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO)
            }
        };
        Ok(request.url().0)
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let OidcSettings { client_id, client_secret, redirect_url, .. } = &self.0.settings;
        let methods = metadata.token_endpoint_auth_methods_supported();
        // Without a list, it is HTTP Basic (OpenID Connect Discovery 1.0, section 3).
        let auth_type = match methods {
            Some(methods) if !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) => {
                AuthType::RequestBody
            }
            _ => AuthType::BasicAuth,
        };
        CoreClient::from_provider_metadata(
            metadata.clone(),
            client_id.clone(),
            Some(client_secret.clone()),
        )
        .set_redirect_uri(redirect_url.clone())
        .set_auth_type(auth_type)
    }

    async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        self.0.gate.run(job).await?
    }
}
