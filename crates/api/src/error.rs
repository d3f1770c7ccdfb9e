//! What can go wrong in a request, and how each failure is answered.
//!
//! Handlers return an [`ApiFailure`]; it becomes a status here and nowhere else. The body is
//! written by [`write_envelope`], which knows the request's id and logs what is our own fault.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::error::{CurrentVersion, ErrorEnvelope};
use contract::{ApiError, ErrorCode, FieldProblem, Name};

use activity::log::LogError;

/// The header that names a request in the log. A layer outside of the routers sets it.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// A cause that is logged, never sent.
type Cause = Box<dyn Error + Send + Sync>;

/// Why a request was refused. The text of each is for the person who sees it.
#[derive(Debug, thiserror::Error)]
pub enum ApiFailure {
    /// The request can't be read.
    #[error("{message}")]
    BadRequest {
        /// What kind of thing can't be read.
        code: ErrorCode,
        /// What was expected.
        message: String,
    },
    /// Fields are wrong, by their names on the wire.
    #[error("Check the highlighted fields and try again.")]
    InvalidFields(BTreeMap<String, FieldProblem>),
    /// Nobody is signed in.
    #[error("Sign in to continue.")]
    NotSignedIn,
    /// Address and password don't belong together. Doesn't tell which of them is wrong.
    #[error("Incorrect email address or password.")]
    WrongCredentials,
    /// Known to be there, but not for this reader.
    #[error("You don't have permission to do this.")]
    Forbidden,
    /// Sent by a page of another site.
    #[error("This request came from another site. Open Tributary and try again.")]
    CrossSite,
    /// Not there, or the reader may not know of it.
    #[error("{0}")]
    NotFound(&'static str),
    /// The path doesn't have that method.
    #[error("This address doesn't support this method.")]
    MethodNotAllowed,
    /// What the request builds on went away while it ran.
    #[error("Someone changed this at the same time. Reload the page and try again.")]
    Conflict,
    /// The request changes a version that isn't the newest; this is.
    #[error("Someone else changed this first. Check the latest version and try again.")]
    Outdated(CurrentVersion),
    /// The request doesn't say which version it changes.
    #[error("Send the `version` you're changing in the header `If-Match`, in quotes.")]
    VersionRequired,
    /// An organization would be without an admin.
    #[error("An organization needs at least one admin. Make another member an admin first.")]
    LastAdmin,
    /// These organizations would be without an admin.
    #[error("{}", last_admin_of(.0))]
    LastAdminOf(Vec<Name>),
    /// The invitation's time is over.
    #[error("This invitation has expired. Ask for a new one.")]
    InvitationExpired,
    /// The invited said no.
    #[error("This invitation was declined. Ask for a new one.")]
    InvitationRejected,
    /// The body is longer than any request needs.
    #[error("This request is too large. Shorten it and try again.")]
    TooLarge,
    /// The database is away or overloaded.
    #[error("Tributary is temporarily unavailable. Try again in a moment.")]
    Unavailable(#[source] Cause),
    /// Our fault.
    #[error("Something went wrong on our side. Try again in a moment.")]
    Internal(#[source] Cause),
}

impl ApiFailure {
    /// One field is wrong.
    #[must_use]
    pub fn field(name: &str, problem: impl Into<FieldProblem>) -> Self {
        Self::InvalidFields(BTreeMap::from([(name.to_owned(), problem.into())]))
    }

    /// The request can't be read.
    #[must_use]
    pub fn bad_request(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::BadRequest { code, message: message.into() }
    }

    /// There is nothing; the message says where.
    #[must_use]
    pub const fn not_found(message: &'static str) -> Self {
        Self::NotFound(message)
    }

    /// There is nothing that this reader may know of. The same words whether it exists or not.
    #[must_use]
    pub const fn not_found_or_hidden() -> Self {
        Self::NotFound("This doesn't exist, or you don't have access to it.")
    }

    /// Something that is never the client's doing.
    #[must_use]
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.answer().0
    }

    /// The code in the envelope.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.answer().1
    }

    const fn answer(&self) -> (StatusCode, ErrorCode) {
        match self {
            Self::BadRequest { code, .. } => (StatusCode::BAD_REQUEST, *code),
            Self::InvalidFields(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidFields),
            Self::NotSignedIn => (StatusCode::UNAUTHORIZED, ErrorCode::NotSignedIn),
            Self::WrongCredentials => (StatusCode::UNAUTHORIZED, ErrorCode::WrongCredentials),
            Self::Forbidden => (StatusCode::FORBIDDEN, ErrorCode::Forbidden),
            Self::CrossSite => (StatusCode::FORBIDDEN, ErrorCode::CrossSite),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, ErrorCode::NotFound),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed),
            Self::Conflict | Self::Outdated(_) => (StatusCode::CONFLICT, ErrorCode::Conflict),
            Self::VersionRequired => {
                (StatusCode::PRECONDITION_REQUIRED, ErrorCode::VersionRequired)
            }
            Self::LastAdmin | Self::LastAdminOf(_) => (StatusCode::CONFLICT, ErrorCode::LastAdmin),
            Self::InvitationExpired => (StatusCode::GONE, ErrorCode::InvitationExpired),
            Self::InvitationRejected => (StatusCode::CONFLICT, ErrorCode::InvitationRejected),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal),
        }
    }

    fn envelope(&self, request_id: &str) -> ErrorEnvelope {
        let mut error = ApiError::new(self.code(), self.to_string());
        match self {
            Self::InvalidFields(fields) => error.fields.clone_from(fields),
            Self::Outdated(newer) => error.newer = Some(newer.clone()),
            _ => {}
        }
        request_id.clone_into(&mut error.request_id);
        ErrorEnvelope { error }
    }

    fn log(&self, request_id: &str) {
        match self {
            Self::Internal(cause) => tracing::error!(request_id, %cause, "a request failed"),
            Self::Unavailable(cause) => tracing::warn!(request_id, %cause, "a request had to wait"),
            _ => {}
        }
    }
}

impl IntoResponse for ApiFailure {
    /// Only the status: [`write_envelope`] adds the body.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Middleware that writes the envelope of a failure with the id of its request, and logs, once,
/// what is the server's own fault. It belongs around all handlers that fail with [`ApiFailure`],
/// inside of what sets the id. The failure stays in the response's extensions, so that a layer
/// outside can answer in another form.
pub async fn write_envelope(request: Request, next: Next) -> Response {
    let request_id = request_id(request.headers()).to_owned();
    let response = next.run(request).await;
    let (mut parts, body) = response.into_parts();
    let Some(failure) = parts.extensions.get::<Arc<ApiFailure>>() else {
        return Response::from_parts(parts, body);
    };
    failure.log(&request_id);
    let envelope = serde_json::to_vec(&failure.envelope(&request_id))
        .expect("an envelope has only strings in it");
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, Body::from(envelope))
}

/// The id of a request, from the header that a layer outside sets; empty without one.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> &str {
    let id = headers.get(REQUEST_ID_HEADER).and_then(|id| id.to_str().ok());
    id.unwrap_or_default()
}

/// Handler for known paths asked with another method.
pub async fn unknown_method() -> ApiFailure {
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

/// Which field a unique constraint is about, and what to tell who filled it in.
fn taken(constraint: &str) -> Option<(&'static str, &'static str)> {
    match constraint {
        "users_email_unique" => {
            Some(("email", "This email address already has an account. Sign in instead."))
        }
        "organizations_slug_unique" => Some(("slug", "This URL is taken. Choose a different one.")),
        _ => None,
    }
}

/// Whether Postgres' code is for something that may be over in a moment: a deadlock, or that it is
/// stopping, starting, or has no connection to give.
fn passes(code: &str) -> bool {
    const DEADLOCK_DETECTED: &str = "40P01";
    const TOO_MANY_CONNECTIONS: &str = "53300";
    const OPERATOR_INTERVENTION: &str = "57P";
    [DEADLOCK_DETECTED, TOO_MANY_CONNECTIONS].contains(&code)
        || code.starts_with(OPERATOR_INTERVENTION)
}

impl From<sqlx::Error> for ApiFailure {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                Self::Unavailable(error.into())
            }
            sqlx::Error::Database(problem) => {
                if let Some((field, message)) = problem.constraint().and_then(taken) {
                    let problem =
                        FieldProblem { code: "taken".to_owned(), message: message.to_owned() };
                    Self::field(field, problem)
                } else if problem.is_foreign_key_violation() {
                    Self::Conflict
                } else if problem.code().as_deref().is_some_and(passes) {
                    Self::Unavailable(error.into())
                } else {
                    Self::Internal(error.into())
                }
            }
            _ => Self::Internal(error.into()),
        }
    }
}

impl From<LogError> for ApiFailure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Database(error) => error.into(),
            LogError::Corrupt(_) | LogError::Rebuilt => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests;
