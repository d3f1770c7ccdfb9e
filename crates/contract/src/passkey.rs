//! Passkeys (Web Authentication). What the browser and the authenticator say to each other passes through
//! unread: only the server understands it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::id::id;
use super::text::Name;
use super::time::Timestamp;

id! {
    /// A passkey of an account. This isn't the authenticator's own name for it.
    PasskeyId
}

/// How many passkeys an account may have.
pub const MAX_PASSKEYS: usize = 20;

/// The options with which a browser asks an authenticator, as JSON (`PublicKeyCredentialCreationOptionsJSON`
/// or `PublicKeyCredentialRequestOptionsJSON`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasskeyOptions(pub Box<RawValue>);

/// `POST /auth/passkey` and `POST /me/proof/passkey`: the authenticator's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsePasskey {
    /// `AuthenticationResponseJSON`
    pub credential: Box<RawValue>,
}

/// `POST /me/passkeys`: the authenticator's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddPasskey {
    /// The owner's name for it.
    pub name: Name,
    /// `RegistrationResponseJSON`
    pub credential: Box<RawValue>,
}

/// A passkey of the signed-in user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyView {
    /// The id.
    pub id: PasskeyId,
    /// The owner's name for it.
    pub name: Name,
    /// When it was added.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_used_at: Option<Timestamp>,
}
