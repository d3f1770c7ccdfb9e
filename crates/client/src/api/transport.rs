//! How a request reaches the server: `fetch` in the browser, a call of the router while the server
//! renders a page.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "ssr")]
mod in_process;

use percent_encoding::{NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::own_mutations;
use super::unanswered::unanswered;
use contract::error::ErrorEnvelope;
use contract::{ApiError, ErrorCode, MutationId};

#[cfg(feature = "ssr")]
pub use in_process::ServerTransport;

/// The HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
enum Body {
    /// JSON text.
    Json(String),
    /// The bytes of a file.
    File(Vec<u8>),
}

/// A request to this server.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    method: Method,
    path: String,
    body: Option<Body>,
    /// Identifies the change, so that this tab recognises the stream message that it causes. Set on
    /// all requests except `GET`.
    mutation_id: Option<MutationId>,
    /// The version that the request changes (`If-Match`).
    if_match: Option<i64>,
}

impl Request {
    /// `GET path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            body: None,
            mutation_id: None,
            if_match: None,
        }
    }

    /// `POST path`.
    pub fn post(path: impl Into<String>) -> Self {
        Self::mutation(Method::Post, path.into())
    }

    /// `PUT path` with a file as body.
    pub fn put(path: impl Into<String>, file: Vec<u8>) -> Self {
        Self { body: Some(Body::File(file)), ..Self::mutation(Method::Put, path.into()) }
    }

    /// `PATCH path`.
    pub fn patch(path: impl Into<String>) -> Self {
        Self::mutation(Method::Patch, path.into())
    }

    /// `DELETE path`.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::mutation(Method::Delete, path.into())
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).expect("requests are plain data with string keys");
        self.body = Some(Body::Json(body));
        self
    }

    /// Makes the server refuse the request if it has a newer version.
    #[must_use]
    pub const fn if_match(mut self, version: i64) -> Self {
        self.if_match = Some(version);
        self
    }

    /// Returns the same request without its id, which tells whether two requests want the same.
    #[must_use]
    pub(super) fn without_mutation_id(self) -> Self {
        Self { mutation_id: None, ..self }
    }

    fn mutation(method: Method, path: String) -> Self {
        let mutation_id = Some(MutationId::from_uuid(Uuid::new_v4()));
        Self { method, path, body: None, mutation_id, if_match: None }
    }
}

/// `text` percent-encoded as a path segment or query value (RFC 3986, section 2.1).
pub(super) fn escape(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

/// The server's response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

impl Response {
    /// Parses the body.
    ///
    /// # Errors
    /// The server's error; `internal` if the body can't be parsed.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        let body = self.into_body()?;
        serde_json::from_str(&body).map_err(|problem| {
            let message =
                format!("The server's answer can't be read ({problem}). Reload the page.");
            ApiError::new(ErrorCode::Internal, message)
        })
    }

    /// Ignores the body.
    ///
    /// # Errors
    /// The server's error.
    pub fn into_result(self) -> Result<(), ApiError> {
        self.into_body().map(drop)
    }

    fn into_body(self) -> Result<String, ApiError> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        // Proxies respond without an error envelope.
        Err(serde_json::from_str(&self.body)
            .map_or_else(|_| error_for_status(self.status), |ErrorEnvelope { error }| error))
    }
}

/// Returns the error for a response without an error envelope.
fn error_for_status(status: u16) -> ApiError {
    let (code, message) = match status {
        401 => (ErrorCode::NotSignedIn, "Sign in to continue."),
        403 => (ErrorCode::Forbidden, "You don't have permission to do this."),
        404 => (ErrorCode::NotFound, "This page doesn't exist."),
        413 => (ErrorCode::TooLarge, "This is too large to send. Shorten it and try again."),
        408 => {
            (ErrorCode::TooSlow, "Sending this took too long. Check your connection and try again.")
        }
        429 => (ErrorCode::TooMany, "Too many requests. Wait a moment and try again."),
        502..=504 => {
            (ErrorCode::Unavailable, "Tributary is temporarily unavailable. Try again in a moment.")
        }
        _ => (ErrorCode::Internal, "Something went wrong. Try again in a moment."),
    };
    ApiError::new(code, message)
}

/// Sends a request. Returns the response, whatever its status.
///
/// A change whose answer was lost and that is sent again keeps its mutation id, so that the server makes
/// it once.
///
/// # Errors
/// `unreachable` if there is no response.
pub async fn send(mut request: Request) -> Result<Response, ApiError> {
    let Some(new_id) = request.mutation_id else { return exchange(request).await };
    let change = request.clone().without_mutation_id();
    let id = unanswered().id_of(&change).unwrap_or(new_id);
    request.mutation_id = Some(id);
    own_mutations::remember(id);
    let response = exchange(request).await;
    if is_answered(&response) {
        unanswered().forget(id);
    } else if !matches!(change.body, Some(Body::File(_))) {
        unanswered().remember(change, id);
    }
    response
}

/// Whether the server has answered. A proxy's 502, 503 or 504 says nothing about the change.
fn is_answered(response: &Result<Response, ApiError>) -> bool {
    response.as_ref().is_ok_and(|response| !(502..=504).contains(&response.status))
}

async fn exchange(request: Request) -> Result<Response, ApiError> {
    #[cfg(feature = "hydrate")]
    return browser::send(request).await;
    #[cfg(all(feature = "ssr", not(feature = "hydrate")))]
    return in_process::send(request).await;
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    {
        drop(request);
        Err(ApiError::new(ErrorCode::Unreachable, "This build is for neither browser nor server."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> ApiError {
        Response { status, body: body.to_owned() }.into_result().unwrap_err()
    }

    #[test]
    fn error_is_parsed_from_its_envelope() {
        let error = refused(
            409,
            r#"{"error":{"code":"last_admin","message":"You are the only admin.","requestId":"r1"}}"#,
        );
        assert_eq!(error.code, ErrorCode::LastAdmin);
        assert_eq!(error.request_id, "r1");
    }

    #[test]
    fn error_of_a_proxy_is_derived_from_its_status() {
        assert_eq!(refused(502, "<html>Bad gateway</html>").code, ErrorCode::Unavailable);
        assert_eq!(refused(401, "").code, ErrorCode::NotSignedIn);
        assert_eq!(refused(418, "teapot").code, ErrorCode::Internal);
    }

    #[test]
    fn unparsable_response_is_an_error() {
        let response = Response { status: 200, body: "<html>".to_owned() };
        assert_eq!(response.json::<Vec<String>>().unwrap_err().code, ErrorCode::Internal);
    }

    #[test]
    fn lost_and_proxied_answers_are_no_answers() {
        let answered = |status| is_answered(&Ok(Response { status, body: String::new() }));
        assert!([200, 201, 404, 422, 500].into_iter().all(answered));
        assert!(![502, 503, 504].into_iter().any(answered));
        assert!(!is_answered(&Err(ApiError::new(ErrorCode::Unreachable, "No answer."))));
    }

    #[test]
    fn each_changing_request_has_its_own_mutation_id() {
        assert_eq!(Request::get("/me").mutation_id, None);
        let (first, second) = (Request::post("/me"), Request::post("/me"));
        assert!(first.mutation_id.is_some());
        assert_ne!(first.mutation_id, second.mutation_id);
    }
}
