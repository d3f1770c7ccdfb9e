//! What carries a request: `fetch` in the browser, the router itself while the server renders.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "ssr")]
mod in_process;

use percent_encoding::{NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::echo;
use contract::error::ErrorEnvelope;
use contract::{ApiError, ErrorCode, MutationId};

#[cfg(feature = "ssr")]
pub use in_process::ServerTransport;

/// How a request wants to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or does something.
    Post,
    /// Puts something in a place.
    Put,
    /// Changes a part.
    Patch,
    /// Removes.
    Delete,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq)]
enum Body {
    /// Written as text.
    Json(String),
    /// A file, as it is.
    File(Vec<u8>),
}

/// A request to this server.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    method: Method,
    path: String,
    body: Option<Body>,
    /// Present on everything that changes something, so that this tab knows its echo.
    mutation_id: Option<MutationId>,
    /// The version that the request changes.
    if_match: Option<i64>,
}

impl Request {
    /// Reads what is at `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            body: None,
            mutation_id: None,
            if_match: None,
        }
    }

    /// Creates or does something at `path`.
    pub fn post(path: impl Into<String>) -> Self {
        Self::mutation(Method::Post, path.into())
    }

    /// Puts a file at `path`.
    pub fn put(path: impl Into<String>, file: Vec<u8>) -> Self {
        Self { body: Some(Body::File(file)), ..Self::mutation(Method::Put, path.into()) }
    }

    /// Changes a part of what is at `path`.
    pub fn patch(path: impl Into<String>) -> Self {
        Self::mutation(Method::Patch, path.into())
    }

    /// Removes what is at `path`.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::mutation(Method::Delete, path.into())
    }

    /// With that body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).expect("requests are plain data with string keys");
        self.body = Some(Body::Json(body));
        self
    }

    /// Only if that version is still the newest.
    #[must_use]
    pub const fn if_match(mut self, version: i64) -> Self {
        self.if_match = Some(version);
        self
    }

    fn mutation(method: Method, path: String) -> Self {
        let mutation_id = Some(MutationId::from_uuid(Uuid::new_v4()));
        Self { method, path, body: None, mutation_id, if_match: None }
    }
}

/// `text` as one segment of a path or one value of a query (RFC 3986, section 2.1).
pub(super) fn escape(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

/// The server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

impl Response {
    /// The answer's content.
    ///
    /// # Errors
    /// What the server refused the request with; `internal` when the answer can't be read.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        let body = self.accepted()?;
        serde_json::from_str(&body).map_err(|problem| {
            let message =
                format!("The server's answer can't be read ({problem}). Reload the page.");
            ApiError::new(ErrorCode::Internal, message)
        })
    }

    /// That it was done, when nothing of the answer's content is needed.
    ///
    /// # Errors
    /// What the server refused the request with.
    pub fn done(self) -> Result<(), ApiError> {
        self.accepted().map(drop)
    }

    fn accepted(self) -> Result<String, ApiError> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        // What stands between us and the server answers without an envelope.
        Err(serde_json::from_str(&self.body)
            .map_or_else(|_| foreign(self.status), |ErrorEnvelope { error }| error))
    }
}

/// An error for a refusal that our server didn't write.
fn foreign(status: u16) -> ApiError {
    let (code, message) = match status {
        401 => (ErrorCode::NotSignedIn, "Sign in to continue."),
        403 => (ErrorCode::Forbidden, "You don't have permission to do this."),
        404 => (ErrorCode::NotFound, "This page doesn't exist."),
        413 => (ErrorCode::TooLarge, "This is too large to send. Shorten it and try again."),
        429 => (ErrorCode::TooMany, "Too many requests. Wait a moment and try again."),
        502..=504 => {
            (ErrorCode::Unavailable, "Tributary is temporarily unavailable. Try again in a moment.")
        }
        _ => (ErrorCode::Internal, "Something went wrong. Try again in a moment."),
    };
    ApiError::new(code, message)
}

/// Sends a request and waits for the answer, whatever its status.
///
/// # Errors
/// `unreachable` when there is no answer.
pub async fn send(request: Request) -> Result<Response, ApiError> {
    if let Some(mutation) = request.mutation_id {
        echo::remember(mutation);
    }
    #[cfg(feature = "hydrate")]
    return browser::send(request).await;
    #[cfg(all(feature = "ssr", not(feature = "hydrate")))]
    return in_process::send(request).await;
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    Err(ApiError::new(ErrorCode::Unreachable, "This build is for neither browser nor server."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> ApiError {
        Response { status, body: body.to_owned() }.done().unwrap_err()
    }

    #[test]
    fn a_refusal_is_read_from_its_envelope() {
        let error = refused(
            409,
            r#"{"error":{"code":"last_admin","message":"You are the only admin.","requestId":"r1"}}"#,
        );
        assert_eq!(error.code, ErrorCode::LastAdmin);
        assert_eq!(error.request_id, "r1");
    }

    #[test]
    fn a_refusal_by_a_proxy_is_told_by_its_status() {
        assert_eq!(refused(502, "<html>Bad gateway</html>").code, ErrorCode::Unavailable);
        assert_eq!(refused(401, "").code, ErrorCode::NotSignedIn);
        assert_eq!(refused(418, "teapot").code, ErrorCode::Internal);
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_an_error_and_not_a_panic() {
        let answer = Response { status: 200, body: "<html>".to_owned() };
        assert_eq!(answer.json::<Vec<String>>().unwrap_err().code, ErrorCode::Internal);
    }

    #[test]
    fn each_request_that_changes_something_has_its_own_mutation_id() {
        assert_eq!(Request::get("/me").mutation_id, None);
        let (first, second) = (Request::post("/me"), Request::post("/me"));
        assert!(first.mutation_id.is_some());
        assert_ne!(first.mutation_id, second.mutation_id);
    }
}
