//! Failures of requests and their responses.
//!
//! Handlers return an [`ApiFailure`]. Only [`status`] maps it to a status and a code. The middleware
//! [`write_envelope`] writes the body with the request's id and logs failures of the server.

mod conversions;
mod envelope;
mod status;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use contract::error::CurrentVersion;
use contract::{ErrorCode, FieldProblem, Name};

pub use self::envelope::{REQUEST_ID_HEADER, request_id, write_envelope};
use crate::limits::LimitExceeded;
use crate::quotas::ReachedQuota;
use crate::security_log::event::{PasskeyRefusal, ProviderRefusal};
use db::Condition;

/// How long a client should wait when the server itself has too much to do.
const RETRY_OVERLOADED: Duration = Duration::from_secs(2);

/// The cause of a server failure. It is logged and never sent.
type Cause = Box<dyn Error + Send + Sync>;

/// Why a request failed. `Display` is the message for the user.
#[derive(Debug, thiserror::Error)]
pub enum ApiFailure {
    /// The request can't be parsed.
    #[error("{message}")]
    BadRequest {
        /// The code in the envelope.
        code: ErrorCode,
        /// The expected form, as a sentence for the user.
        message: String,
    },
    /// Invalid fields, by their names on the wire.
    #[error("Check the highlighted fields and try again.")]
    InvalidFields(BTreeMap<String, FieldProblem>),
    /// Nobody is signed in.
    #[error("Sign in to continue.")]
    NotSignedIn,
    /// The email address or the password is wrong. The message doesn't say which.
    #[error("Incorrect email address or password.")]
    WrongCredentials,
    /// The sign-in that waits for a code has ended.
    #[error("This took too long, or there were too many wrong codes. Sign in again.")]
    SignInExpired,
    /// The OpenID provider can't be reached.
    #[error("The service that you sign in with can't be reached. Try again in a moment.")]
    ProviderUnreachable(#[source] Cause),
    /// The OpenID provider's answer signs nobody in.
    #[error("Signing in with the other service didn't work. Try again.")]
    ProviderRefused(ProviderRefusal),
    /// The answer of a passkey's authenticator can't be used.
    #[error("This passkey didn't work. Try again, or sign in otherwise.")]
    PasskeyRefused(PasskeyRefusal),
    /// The account would have no way to sign in.
    #[error("This is the only way to sign in to your account. Choose a password first.")]
    LastSignInMethod,
    /// The user hasn't proved recently who they are.
    #[error("Confirm that it's you, then try again.")]
    ProofRequired,
    /// The user may know that it exists, but may not do this.
    #[error("You don't have permission to do this.")]
    Forbidden,
    /// A page of another site sent the request.
    #[error("This request came from another site. Open Tributary and try again.")]
    CrossSite,
    /// A page of an unknown origin sent the request, probably because a proxy changes `Host`.
    #[error(
        "Tributary doesn't know the address of this page. If you run this server, set PUBLIC_URL to the \
         address in the address bar, for example http://team.lan."
    )]
    UnknownOrigin,
    /// The request is for another host, such as a name that a site gave to this server's address.
    #[error(
        "Tributary doesn't answer under this name. If you run this server, set PUBLIC_URL to the address \
         that people open, for example https://tributary.example.com."
    )]
    UnknownHost,
    /// The page was rendered for another account than the one that is signed in.
    #[error("This browser is signed in to another account now. Reload the page to continue.")]
    OtherAccount,
    /// It doesn't exist, or the user may not know that it does.
    #[error("{0}")]
    NotFound(&'static str),
    /// The path doesn't support the method.
    #[error("This address doesn't support this method.")]
    MethodNotAllowed,
    /// Something that the request needs was deleted while it ran.
    #[error("Someone changed this at the same time. Reload the page and try again.")]
    Conflict,
    /// The request changes an older version. Has the current one.
    #[error("Someone else changed this first. Check the latest version and try again.")]
    VersionConflict(CurrentVersion),
    /// The request lacks the header `If-Match`.
    #[error("Send the `version` you're changing in the header `If-Match`, in quotes.")]
    VersionRequired,
    /// The request was made before. The middleware answers with the first answer.
    #[error("This change was already made.")]
    Repeated,
    /// The request was made before, and its answer isn't known any more.
    #[error("This change was already made. Reload the page to see it.")]
    AlreadyDone,
    /// The organization would have no admin.
    #[error("An organization needs at least one admin. Make another member an admin first.")]
    LastAdmin,
    /// These organizations would have no admin.
    #[error("{}", last_admin_of(.0))]
    LastAdminOf(Vec<Name>),
    /// The invitation has expired.
    #[error("This invitation has expired. Ask for a new one.")]
    InvitationExpired,
    /// The link was used, has expired, or never existed.
    #[error("This link has expired, or it was used already. Ask for a new one.")]
    LinkExpired,
    /// The invited person has declined the invitation.
    #[error("This invitation was declined. Ask for a new one.")]
    InvitationRejected,
    /// The organization or account has as many of these as it may.
    #[error("{0}")]
    QuotaReached(ReachedQuota),
    /// The body is larger than the limit.
    #[error("This request is too large. Shorten it and try again.")]
    TooLarge,
    /// The body arrived too slowly.
    #[error("Sending this took too long. Check your connection and try again.")]
    TooSlow,
    /// The client's budget for such requests is used up.
    #[error("{0}")]
    TooMany(LimitExceeded),
    /// The database, or this server, can't serve the request at present.
    #[error("{}", unavailable_message(*.condition))]
    Unavailable {
        /// The condition of the database. None when the server itself is overloaded.
        condition: Option<Condition>,
        /// The error.
        #[source]
        cause: Cause,
    },
    /// A bug or a broken dependency.
    #[error("Something went wrong on our side. Try again in a moment.")]
    Internal(#[source] Cause),
}

impl ApiFailure {
    /// Makes [`Self::InvalidFields`] with one field.
    #[must_use]
    pub fn field(name: &str, problem: impl Into<FieldProblem>) -> Self {
        Self::InvalidFields(BTreeMap::from([(name.to_owned(), problem.into())]))
    }

    /// Makes [`Self::BadRequest`].
    #[must_use]
    pub fn bad_request(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::BadRequest { code, message: message.into() }
    }

    /// Makes [`Self::NotFound`] with a message for the user.
    #[must_use]
    pub const fn not_found(message: &'static str) -> Self {
        Self::NotFound(message)
    }

    /// Makes [`Self::NotFound`] with a message that is the same whether the entity is missing or hidden.
    #[must_use]
    pub const fn not_found_or_hidden() -> Self {
        Self::NotFound("This doesn't exist, or you don't have access to it.")
    }

    /// Makes [`Self::Internal`].
    #[must_use]
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// Makes [`Self::Unavailable`] for a server that has too much to do.
    #[must_use]
    pub fn overloaded(cause: impl Into<Cause>) -> Self {
        Self::Unavailable { condition: None, cause: cause.into() }
    }

    /// Returns the condition of the database that made the request fail.
    #[must_use]
    pub const fn condition(&self) -> Option<Condition> {
        match self {
            Self::Unavailable { condition, .. } => *condition,
            _ => None,
        }
    }

    /// Returns the time after which the same request may succeed, if that is known.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany(exceeded) => Some(exceeded.retry_after),
            Self::Unavailable { condition, .. } => {
                Some(condition.map_or(RETRY_OVERLOADED, Condition::retry_after))
            }
            _ => None,
        }
    }

    /// Returns the status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status_and_code().0
    }

    /// Returns the code in the envelope.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.status_and_code().1
    }

    /// Whether the page of the form shows the failure. Other failures are answered with an error page.
    #[must_use]
    pub const fn is_shown_with_form(&self) -> bool {
        !matches!(self, Self::Unavailable { .. } | Self::Internal(_))
    }

    /// Logs a failure of the server. [`write_envelope`] does so for answers that are failures.
    pub(crate) fn log(&self) {
        match self {
            Self::Internal(cause) => tracing::error!(%cause, "request failed"),
            Self::ProviderUnreachable(cause) => tracing::warn!(%cause, "nobody can sign in there"),
            Self::Unavailable { condition: Some(_), cause } => {
                tracing::warn!(%cause, "request failed because the database is unavailable");
            }
            Self::Unavailable { condition: None, cause } => {
                tracing::warn!(%cause, "request failed because the server is overloaded");
            }
            _ => {}
        }
    }
}

impl IntoResponse for ApiFailure {
    /// Sets the status, and `Retry-After` in whole seconds when a repetition may succeed.
    /// [`write_envelope`] adds the body.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(wait) = self.retry_after() {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Refuses a method that the path doesn't support.
pub async fn method_not_allowed() -> ApiFailure {
    ApiFailure::MethodNotAllowed
}

fn last_admin_of(organizations: &[Name]) -> String {
    let names: Vec<&str> = organizations.iter().map(Name::as_str).collect();
    let (names, there) = match names.as_slice() {
        [] => return ApiFailure::LastAdmin.to_string(),
        [only] => ((*only).to_owned(), "there"),
        [others @ .., last] => (format!("{} and {last}", others.join(", ")), "in each"),
    };
    format!("You're the only admin of {names}. Make another member an admin {there} first.")
}

const fn unavailable_message(condition: Option<Condition>) -> &'static str {
    match condition {
        Some(condition) if condition.allows_reads() => {
            "Tributary can't save changes at the moment. Try again in a few minutes."
        }
        _ => "Tributary is temporarily unavailable. Try again in a moment.",
    }
}

#[cfg(test)]
mod tests;
