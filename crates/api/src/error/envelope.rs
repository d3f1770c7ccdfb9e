//! The body of an error's response.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use contract::ApiError;
use contract::error::ErrorEnvelope;

use super::ApiFailure;

/// The header with the request's id. A layer around the routers sets it.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// Middleware that writes the error envelope with the request's id, and logs failures of the server.
///
/// It wraps all handlers that return [`ApiFailure`], inside the layer that sets the request's id. The
/// failure stays in the response's extensions, so that an outer layer can render it as a page.
pub async fn write_envelope(request: Request, next: Next) -> Response {
    let request_id = request_id(request.headers()).to_owned();
    let response = next.run(request).await;
    let (mut parts, body) = response.into_parts();
    let Some(failure) = parts.extensions.get::<Arc<ApiFailure>>() else {
        return Response::from_parts(parts, body);
    };
    failure.log();
    let envelope = serde_json::to_vec(&envelope(failure, &request_id))
        .expect("an envelope has only strings and JSON values");
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, Body::from(envelope))
}

/// Returns the request's id from the header [`REQUEST_ID_HEADER`]. Empty without the header.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> &str {
    let id = headers.get(REQUEST_ID_HEADER).and_then(|id| id.to_str().ok());
    id.unwrap_or_default()
}

fn envelope(failure: &ApiFailure, request_id: &str) -> ErrorEnvelope {
    let mut error = ApiError::new(failure.code(), failure.to_string());
    match failure {
        ApiFailure::InvalidFields(fields) => error.fields.clone_from(fields),
        ApiFailure::VersionConflict(current) => error.current = Some(current.clone()),
        _ => {}
    }
    request_id.clone_into(&mut error.request_id);
    ErrorEnvelope { error }
}
