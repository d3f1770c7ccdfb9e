//! The provider: its configuration and keys, which are read when they are first needed, and its answers.
//!
//! Whether the provider can be reached doesn't matter at start. A provider that can't is asked again after
//! [`RETRY_AFTER`] at the earliest, by one request at a time, so that visitors who click meanwhile wait for
//! nothing.

use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use contract::{Email, Name, Timestamp};
use openidconnect::core::{
    CoreAuthPrompt, CoreClient, CoreClientAuthMethod, CoreIdTokenClaims, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRequestTokenError, CoreResponseType, CoreTokenResponse,
    CoreUserInfoClaims,
};
use openidconnect::url::Url;
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, EndUserEmail,
    EndUserName, EndpointMaybeSet, EndpointNotSet, EndpointSet, LocalizedClaim, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RequestTokenError, Scope, SignatureVerificationError,
    TokenResponse,
};
use time::OffsetDateTime;
use tokio::sync::Mutex;

use super::authentication_request::Secrets;
use super::http_client::{HttpClient, HttpError};
use super::identity::Identity;
use super::settings::OidcSettings;
use crate::blocking_gate::{BlockingGate, GateError};

/// How long the configuration and the keys count before they are read again.
const CACHED_FOR: Duration = Duration::from_secs(60 * 60);

/// How long a provider that can't be reached isn't asked again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How often the keys are read again at most because a token names an unknown one.
const KEYS_INTERVAL: Duration = Duration::from_secs(60);

/// How many people the server waits for the provider for at the same time.
const CONCURRENCY: NonZero<usize> = NonZero::new(8).expect("8 isn't zero");

/// How long others wait for them.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// The signatures that are accepted: all that need a private key of the provider. `HS256` and its like
/// would make the client's secret a key.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The longest subject (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT_LENGTH: usize = 255;

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

/// What is known of the provider.
#[derive(Debug, Default)]
struct Known {
    metadata: Option<(Arc<CoreProviderMetadata>, Instant)>,
    failed_at: Option<Instant>,
    keys_refreshed_at: Option<Instant>,
}

/// Why the provider doesn't sign somebody in.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It can't be asked, or its answer can't be used.
    #[error("the OpenID provider can't be used: {0}")]
    Unreachable(String),
    /// It refuses, or what it sends proves nothing.
    #[error("the OpenID provider's answer is refused: {0}")]
    Refused(String),
    /// Too many people wait for it.
    #[error("{0}")]
    Gate(#[from] GateError),
}

/// What the provider says about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who it is.
    pub identity: Identity,
    /// The person's email address.
    pub email: ProvidedEmail,
    /// The person's name, if it can be shown.
    pub name: Option<Name>,
    /// When the person last signed in there.
    pub signed_in_at: Option<Timestamp>,
}

/// The email address that a provider sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProvidedEmail {
    /// The provider says that the person owns it.
    Verified(Email),
    /// There is none, or the provider doesn't say whose it is.
    Unverified,
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
    /// A provider that isn't asked yet.
    #[must_use]
    pub fn new(settings: OidcSettings) -> Self {
        let http = HttpClient::new(settings.reach);
        let gate = BlockingGate::new(CONCURRENCY, MAX_WAIT);
        Self(Arc::new(Inner { settings, http, gate, known: Mutex::default() }))
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.settings.name
    }

    /// Its address, which identifies it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// The address to which the browser is sent.
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

    /// Exchanges the code for a token and checks it. `now` decides whether the token has expired.
    ///
    /// # Errors
    /// When the provider can't be reached or refuses the code, and when the token isn't for this request.
    pub async fn person(
        &self,
        code: String,
        secrets: Secrets,
        now: Timestamp,
    ) -> Result<Person, ProviderError> {
        let metadata = self.metadata().await?;
        let Secrets { nonce, pkce_verifier, .. } = secrets;
        let (client, http) = (self.client(&metadata), self.0.http.clone());
        let tokens = self
            .ask(move || {
                let request = client
                    .exchange_code(AuthorizationCode::new(code))
                    .map_err(|error| ProviderError::Unreachable(error.to_string()))?;
                request.set_pkce_verifier(pkce_verifier).request(&http).map_err(refusal)
            })
            .await?;
        let claims = match self.verify(&metadata, &tokens, &nonce, now) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let newer = self.metadata_with_new_keys().await?;
                self.verify(&newer, &tokens, &nonce, now)
            }
            other => other,
        };
        let claims = claims.map_err(|error| ProviderError::Refused(error.to_string()))?;
        let subject = claims.subject().as_str().to_owned();
        if subject.is_empty() || subject.len() > MAX_SUBJECT_LENGTH {
            return Err(ProviderError::Refused("the subject's length is invalid".to_owned()));
        }
        let mut person = Person {
            identity: Identity { issuer: self.issuer().to_owned(), subject },
            email: provided_email(claims.email(), claims.email_verified()),
            name: provided_name(claims.name()),
            signed_in_at: claims.auth_time().map(|at| timestamp(at.into())),
        };
        if claims.email().is_none() && metadata.userinfo_endpoint().is_some() {
            let info = self.user_info(&metadata, &tokens, claims).await?;
            person.email = provided_email(info.email(), info.email_verified());
            person.name = person.name.or_else(|| provided_name(info.name()));
        }
        Ok(person)
    }

    fn verify(
        &self,
        metadata: &CoreProviderMetadata,
        tokens: &CoreTokenResponse,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let token = tokens.id_token().ok_or_else(|| {
            ClaimsVerificationError::Other("the answer contains no ID token".to_owned())
        })?;
        let client = self.client(metadata);
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || SystemTime::from(now.inner()).into());
        token.claims(&verifier, nonce).cloned()
    }

    /// What some providers say only at another endpoint (OpenID Connect Core 1.0, section 5.3).
    async fn user_info(
        &self,
        metadata: &CoreProviderMetadata,
        tokens: &CoreTokenResponse,
        claims: CoreIdTokenClaims,
    ) -> Result<CoreUserInfoClaims, ProviderError> {
        let (client, http) = (self.client(metadata), self.0.http.clone());
        let (token, subject) = (tokens.access_token().clone(), claims.subject().clone());
        self.ask(move || {
            let request = client
                .user_info(token, Some(subject))
                .map_err(|error| ProviderError::Unreachable(error.to_string()))?;
            request.request(&http).map_err(|error| ProviderError::Unreachable(error.to_string()))
        })
        .await
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

    async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut known = self.0.known.lock().await;
        match &known.metadata {
            Some((metadata, read_at)) if read_at.elapsed() < CACHED_FOR => Ok(metadata.clone()),
            _ => self.read_metadata(&mut known).await,
        }
    }

    /// Reads the keys again, unless that was done a moment ago: tokens with invented keys must not make
    /// the server ask the provider all the time.
    async fn metadata_with_new_keys(&self) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut known = self.0.known.lock().await;
        if known.keys_refreshed_at.is_some_and(|at| at.elapsed() < KEYS_INTERVAL) {
            return Err(ProviderError::Refused("the token's key is unknown".to_owned()));
        }
        known.keys_refreshed_at = Some(Instant::now());
        self.read_metadata(&mut known).await
    }

    async fn read_metadata(
        &self,
        known: &mut Known,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        if known.failed_at.is_some_and(|at| at.elapsed() < RETRY_AFTER) {
            let message = "it couldn't be reached a moment ago";
            return Err(ProviderError::Unreachable(message.to_owned()));
        }
        let (issuer, http) = (self.0.settings.issuer.clone(), self.0.http.clone());
        let reach = self.0.settings.reach;
        let read = self
            .ask(move || {
                let metadata = CoreProviderMetadata::discover(&issuer, &http)
                    .map_err(|error| ProviderError::Unreachable(with_sources(&error)))?;
                match reach.includes(metadata.authorization_endpoint().url()) {
                    true => Ok(metadata),
                    false => Err(ProviderError::Unreachable(HttpError::Insecure.to_string())),
                }
            })
            .await;
        known.failed_at = read.is_err().then(Instant::now);
        let metadata = Arc::new(read?);
        known.metadata = Some((metadata.clone(), Instant::now()));
        Ok(metadata)
    }

    async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        self.0.gate.run(job).await?
    }
}

/// Tells a refusal of the provider from an answer that can't be used. Of a refusal only the code is kept,
/// as its description may contain anything.
fn refusal(error: CoreRequestTokenError<HttpError>) -> ProviderError {
    match &error {
        RequestTokenError::ServerResponse(response) => {
            ProviderError::Refused(response.error().as_ref().to_owned())
        }
        _ => ProviderError::Unreachable(with_sources(&error)),
    }
}

/// The error and its causes. They name addresses, statuses and fields, but contain no secret.
fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn provided_email(email: Option<&EndUserEmail>, verified: Option<bool>) -> ProvidedEmail {
    match (email.map(|email| Email::parse(email)), verified) {
        (Some(Ok(email)), Some(true)) => ProvidedEmail::Verified(email),
        _ => ProvidedEmail::Unverified,
    }
}

fn provided_name(name: Option<&LocalizedClaim<EndUserName>>) -> Option<Name> {
    Name::parse(name?.get(None)?).ok()
}

fn timestamp(at: SystemTime) -> Timestamp {
    Timestamp::new(OffsetDateTime::from(at))
}
