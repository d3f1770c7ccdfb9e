//! The person whom the provider names: from the ID token, and from its userinfo endpoint.

use std::time::SystemTime;

use contract::{Email, Name, Timestamp};
use openidconnect::core::{
    CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreTokenResponse,
    CoreUserInfoClaims,
};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, EndUserEmail, EndUserName, LocalizedClaim, Nonce,
    OAuth2TokenResponse, SignatureVerificationError, TokenResponse,
};
use time::OffsetDateTime;

use super::super::authentication_request::Secrets;
use super::super::identity::Identity;
use super::error::refusal;
use super::{Provider, ProviderError};

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

/// A person as the provider describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The person's identity at the provider.
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

impl Provider {
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

    /// Reads the claims that some providers send only from another endpoint (OpenID Connect Core 1.0, section
    /// 5.3).
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
