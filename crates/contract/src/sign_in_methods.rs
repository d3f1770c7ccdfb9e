//! The ways to sign in: those that a server offers, and those of an account.

use serde::{Deserialize, Serialize};

use super::id::id;
use super::passkey::PasskeyView;
use super::text::{Email, Name};
use super::time::Timestamp;

id! {
    /// A person at an OpenID provider who signs in to an account.
    IdentityId
}

/// `GET /auth/methods`: what the sign-in page offers besides a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferedMethods {
    /// The name of the OpenID provider, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<Name>,
    /// The host on whose pages passkeys work, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub passkey_host: Option<String>,
}

/// `GET /me/sign-in-methods`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInMethods {
    /// Whether the person has proved recently who they are. Changes are refused otherwise.
    pub proven: bool,
    /// Whether signing in asks for a code too. Then only a code is a proof.
    pub two_factor: bool,
    /// Whether the account has a password.
    pub password: bool,
    /// The name of the server's OpenID provider, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<Name>,
    /// The people at OpenID providers who sign in to the account.
    pub identities: Vec<IdentityView>,
    /// The host on whose pages passkeys work, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub passkey_host: Option<String>,
    /// The account's passkeys.
    #[serde(default)]
    pub passkeys: Vec<PasskeyView>,
}

/// A person at an OpenID provider who signs in to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityView {
    /// The id.
    pub id: IdentityId,
    /// The provider's name, or its address if the server has another provider now.
    pub provider: String,
    /// Whether the person can sign in: the server still has this provider.
    pub usable: bool,
    /// The address by which the person was recognized.
    pub email: Email,
    /// When somebody last signed in this way.
    pub last_used_at: Timestamp,
}
