//! The error envelope: `{"error":{"code","message","fields"?,"newer"?,"requestId"}}`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::text::InvalidText;

/// What went wrong, for programs. Stable: a code is never renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request can't be read: malformed JSON, a missing field, an unknown value.
    BadRequest,
    /// The cursor isn't one that this server gives out.
    InvalidCursor,
    /// Fields are wrong; `fields` says which and why.
    InvalidFields,
    /// Nobody is signed in.
    NotSignedIn,
    /// The address and the password don't belong together.
    WrongCredentials,
    /// Signed in, but not allowed.
    Forbidden,
    /// The request came from another site.
    CrossSite,
    /// There is no such thing, or the reader may not know of it.
    NotFound,
    /// The path doesn't have that method.
    MethodNotAllowed,
    /// Somebody else was first. `newer` is what they made of it, where the request named a version.
    Conflict,
    /// The request doesn't say, in `If-Match`, which version it changes.
    VersionRequired,
    /// The only admin can't leave, be removed or demoted.
    LastAdmin,
    /// The invitation's time is over.
    InvitationExpired,
    /// The invited said no.
    InvitationRejected,
    /// The request's body is too large.
    TooLarge,
    /// Too many requests or streams; try again later.
    TooMany,
    /// Our fault.
    Internal,
    /// The service can't answer now; try again.
    Unavailable,
    /// The browser couldn't reach the server. Never sent by it.
    Unreachable,
}

impl ErrorCode {
    /// Whether the failure says nothing about what was asked for, and may be over in a moment.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Unreachable | Self::Unavailable | Self::TooMany | Self::Internal)
    }
}

/// Why one field was refused.
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

/// An entity as the API shows it, read only by who knows what the request was about.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CurrentVersion(Box<RawValue>);

impl CurrentVersion {
    /// Of that entity.
    #[must_use]
    pub fn of(entity: &impl Serialize) -> Self {
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
    /// For programs.
    pub code: ErrorCode,
    /// For people: what was wrong and what to do.
    pub message: String,
    /// By the field's name on the wire.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub fields: BTreeMap<String, FieldProblem>,
    /// What is there now, where a request built on an older version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub newer: Option<CurrentVersion>,
    /// Names the request in the server's log; empty for errors that no server sent.
    #[serde(default)]
    pub request_id: String,
}

impl ApiError {
    /// An error without fields.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: BTreeMap::new(),
            newer: None,
            request_id: String::new(),
        }
    }

    /// What is there now, where a request built on an older version of such a thing.
    #[must_use]
    pub fn newer<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.newer.as_ref()?.0.get()).ok()
    }

    /// What is wrong with the field of that name, in a sentence.
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

/// The envelope around an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorEnvelope {
    /// The error.
    pub error: ApiError,
}
