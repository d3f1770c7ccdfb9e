//! Passkeys (Web Authentication, level 3): signing in, and proofs before sensitive changes.
//!
//! A ceremony has two requests. The first gives the browser a challenge ([`ceremony`]), the second brings
//! the authenticator's answer. The authenticator always verifies its user, by a PIN or a fingerprint, so a
//! passkey counts as both factors.

pub mod ceremony;
pub mod credential;
pub mod relying_party;
pub mod sign_in;

use std::fmt::Display;

use contract::UserId;
use contract::passkey::{PasskeyOptions, UsePasskey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use sqlx::PgConnection;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, PublicKeyCredential, Uuid, Webauthn, WebauthnError,
};

use crate::Api;
use crate::error::ApiFailure;
use crate::routes::{Audience, Routes};
use crate::security_log::event::PasskeyRefusal;

/// `/auth/passkey` and below.
pub fn routes() -> Routes<Api> {
    Routes::new().post("/auth/passkey/challenge", Audience::Anyone, sign_in::challenge).post(
        "/auth/passkey",
        Audience::Anyone,
        sign_in::sign_in,
    )
}

/// Options for the browser, as JSON.
///
/// # Errors
/// When they can't be written.
pub fn options(options: &impl Serialize) -> Result<PasskeyOptions, ApiFailure> {
    to_raw_value(options).map(PasskeyOptions).map_err(ApiFailure::internal)
}

/// Parses what the browser sends.
///
/// # Errors
/// 401 if it isn't an authenticator's answer.
pub fn parse<T: DeserializeOwned>(answer: &RawValue) -> Result<T, ApiFailure> {
    serde_json::from_str(answer.get()).map_err(refuse)
}

/// Refuses an answer for that reason, which only the log has. It names parts of the answer, not their content.
pub fn refuse(reason: impl Display) -> ApiFailure {
    tracing::info!(%reason, "A passkey was refused");
    ApiFailure::PasskeyRefused(PasskeyRefusal::Answer)
}

/// Checks the authenticator's answer and stores its counter. Returns the passkey's owner. The transaction
/// must be the owner's.
///
/// # Errors
/// 401 if the answer proves nothing, or the passkey is unknown or a copy.
pub async fn verify(
    connection: &mut PgConnection,
    relying_party: &Webauthn,
    answer: &PublicKeyCredential,
    state: DiscoverableAuthentication,
    user: UserId,
) -> Result<(), ApiFailure> {
    let refused = ApiFailure::PasskeyRefused;
    let stored = credential::lock(&mut *connection, user, answer.get_credential_id()).await?;
    let mut stored = stored.ok_or(refused(PasskeyRefusal::UnknownPasskey))?;
    let result = relying_party
        .finish_discoverable_authentication_v2(answer, state, &stored.credential.0)
        .map_err(|error| match error {
            WebauthnError::CredentialPossibleCompromise => refused(PasskeyRefusal::Copy),
            error => refuse(error),
        })?;
    stored.credential.0.update_credential(&result);
    credential::record_use(connection, user, &stored).await?;
    Ok(())
}

/// Returns the account that the authenticator names. [`verify`] checks the claim.
///
/// # Errors
/// 401 if the authenticator doesn't say.
pub fn claimed_owner(
    relying_party: &Webauthn,
    UsePasskey { credential }: &UsePasskey,
) -> Result<(UserId, PublicKeyCredential), ApiFailure> {
    let answer: PublicKeyCredential = parse(credential)?;
    let (user, _): (Uuid, _) =
        relying_party.identify_discoverable_authentication(&answer).map_err(refuse)?;
    Ok((UserId::from_uuid(user), answer))
}

#[cfg(test)]
mod tests;
