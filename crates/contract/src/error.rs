//! Errors of the API. A response's body is `{"error":{"code","message","fields"?,"newer"?,"requestId"}}`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::text::InvalidText;

/// The kind of failure, for programs. Codes are stable: none is ever renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request can't be parsed: malformed JSON, a missing field, an unknown value.
    BadRequest,
    /// The cursor isn't written as `<epoch>.<position>`.
    InvalidCursor,
    /// Fields are invalid; [`ApiError::fields`] has the reason for each.
    InvalidFields,
    /// Nobody is signed in.
    NotSignedIn,
    /// The email address or the password is wrong.
    WrongCredentials,
    /// The sign-in that waits for a code was started too long ago, or has had too many wrong codes.
    SignInExpired,
    /// The OpenID provider can't be reached.
    ProviderUnreachable,
    /// The OpenID provider's answer can't be used: it came too late, or proves nothing.
    ProviderRefused,
    /// The OpenID provider doesn't say that the email address is the person's.
    ProviderEmailUnverified,
    /// The account with the person's email address hasn't confirmed it.
    ProviderAccountUnconfirmed,
    /// The OpenID provider doesn't say that the person signed in there just now.
    ProviderSignInNotRecent,
    /// The person at the OpenID provider isn't the account's owner.
    ProviderOtherPerson,
    /// The person at the OpenID provider was unlinked from the account.
    ProviderUnlinked,
    /// The person at the OpenID provider has another email address than the account.
    ProviderOtherAddress,
    /// The answer of a passkey's authenticator can't be used.
    PasskeyRefused,
    /// The account would have no way to sign in.
    LastSignInMethod,
    /// The user must prove again who they are (`POST /me/proof`).
    ProofRequired,
    /// The user isn't allowed to do this.
    Forbidden,
    /// The request came from another site.
    CrossSite,
    /// The request is for a host under which the server doesn't answer.
    UnknownHost,
    /// The page was rendered for another account than the one that is signed in.
    OtherAccount,
    /// It doesn't exist, or the user may not know that it does.
    NotFound,
    /// The path doesn't support the method.
    MethodNotAllowed,
    /// Someone else changed it first. [`ApiError::current`] has the current version if the request
    /// named the version it changes.
    Conflict,
    /// The request lacks the header `If-Match`, which names the version it changes.
    VersionRequired,
    /// The only admin can't leave, be removed or be demoted.
    LastAdmin,
    /// The invitation has expired.
    InvitationExpired,
    /// The link was used already, or has expired.
    LinkExpired,
    /// The invited person has declined the invitation.
    InvitationRejected,
    /// The organization or account has as many of these as it may.
    QuotaReached,
    /// The request's body is too large.
    TooLarge,
    /// The request's body arrived too slowly.
    TooSlow,
    /// Too many requests or streams; try again later.
    TooMany,
    /// A bug or a broken dependency on the server's side.
    Internal,
    /// The database can't be reached or is overloaded; try again later.
    Unavailable,
    /// The browser couldn't reach the server. The client sets this code; the server never sends it.
    Unreachable,
}

impl ErrorCode {
    /// Whether the same request may succeed later without any change to it.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Unreachable | Self::Unavailable | Self::TooMany | Self::TooSlow | Self::Internal
        )
    }
}

/// Why one field is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// For programs: `required`, `too_long`, `taken`, …
    pub code: String,
    /// For the person who filled in the field.
    pub message: String,
}

impl From<InvalidText> for FieldProblem {
    fn from(invalid: InvalidText) -> Self {
        Self { code: invalid.code.to_owned(), message: invalid.message.to_owned() }
    }
}

/// The entity that a [conflicting](ErrorCode::Conflict) request would have overwritten, as JSON.
///
/// It stays unparsed here, because its type depends on the request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CurrentVersion(Box<RawValue>);

impl CurrentVersion {
    /// Serializes the entity.
    ///
    /// # Panics
    /// When the entity can't be written as JSON. Views always can.
    #[must_use]
    pub fn new(entity: &impl Serialize) -> Self {
        Self(to_raw_value(entity).expect("entities are plain data with string keys"))
    }
}

impl PartialEq for CurrentVersion {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for CurrentVersion {}

/// An error as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// The kind of failure, for programs.
    pub code: ErrorCode,
    /// For people: what was wrong and what to do.
    pub message: String,
    /// The invalid fields, by their names on the wire.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub fields: BTreeMap<String, FieldProblem>,
    /// The current version of the entity, after a conflict with an older one. `newer` on the wire.
    #[serde(rename = "newer", skip_serializing_if = "Option::is_none", default)]
    pub current: Option<CurrentVersion>,
    /// The request's id in the server's log; empty for errors that the client made.
    #[serde(default)]
    pub request_id: String,
}

impl ApiError {
    /// Makes an error without fields, current version and request id.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: BTreeMap::new(),
            current: None,
            request_id: String::new(),
        }
    }

    /// Parses the current version of the entity after a conflict. Returns `None` for other errors
    /// and for an entity of another type.
    #[must_use]
    pub fn current_version<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.current.as_ref()?.0.get()).ok()
    }

    /// Returns the message for the field, if the field is invalid.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|problem| problem.message.as_str())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

/// The body of every failed response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorEnvelope {
    /// The failure and its details.
    pub error: ApiError,
}
