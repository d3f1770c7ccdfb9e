//! Sends requests with `fetch`. They are same-origin, so the browser adds the session's cookie.

use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use send_wrapper::SendWrapper;
use web_sys::AbortSignal;

use super::{Body, Method, Request, Response};
use crate::api::expected_user;
use contract::request::{EXPECTED_USER_HEADER, MUTATION_ID_HEADER};
use contract::{ApiError, ErrorCode};

/// How long to wait for an answer. People are told what happened within 15 s.
const TIMEOUT_MS: u32 = 12_000;
/// The same for a file, which may take long to send.
const UPLOAD_TIMEOUT_MS: u32 = 60_000;

/// Sends a request. `SendWrapper` makes the future `Send`, which is sound because a browser has one
/// thread.
///
/// It waits for the answer for a limited time: some networks drop a connection without a word, and
/// browsers then wait for minutes.
pub(super) async fn send(request: Request) -> Result<Response, ApiError> {
    let is_change = request.mutation_id.is_some();
    let limit = match request.body {
        Some(Body::File(_)) => UPLOAD_TIMEOUT_MS,
        _ => TIMEOUT_MS,
    };
    let signal = AbortSignal::timeout_with_u32(limit);
    let answer = SendWrapper::new(fetch(request, signal.clone()));
    answer.await.map_err(|_| {
        let message = match (SendWrapper::new(signal).aborted(), is_change) {
            (true, true) => {
                "Tributary hasn't answered, so your change may not be saved. Try again: it won't be made twice."
            }
            (true, false) => "Tributary hasn't answered. Try again in a moment.",
            (false, _) => "Can't reach Tributary. Check your connection and try again.",
        };
        ApiError::new(ErrorCode::Unreachable, message)
    })
}

async fn fetch(request: Request, signal: AbortSignal) -> Result<Response, gloo_net::Error> {
    let mut builder = RequestBuilder::new(&request.path)
        .method(match request.method {
            Method::Get => HttpMethod::GET,
            Method::Post => HttpMethod::POST,
            Method::Put => HttpMethod::PUT,
            Method::Patch => HttpMethod::PATCH,
            Method::Delete => HttpMethod::DELETE,
        })
        .abort_signal(Some(&signal))
        .header("accept", "application/json");
    if let Some(user) = expected_user::expected() {
        builder = builder.header(EXPECTED_USER_HEADER, &user.to_string());
    }
    if let Some(mutation) = request.mutation_id {
        builder = builder.header(MUTATION_ID_HEADER, &mutation.to_string());
    }
    if let Some(version) = request.if_match {
        builder = builder.header("if-match", &format!("\"{version}\""));
    }
    let prepared = match request.body {
        Some(Body::Json(body)) => builder.header("content-type", "application/json").body(body)?,
        Some(Body::File(file)) => builder
            .header("content-type", "application/octet-stream")
            .body(js_sys::Uint8Array::from(&file[..]))?,
        None => builder.build()?,
    };
    let response = prepared.send().await?;
    Ok(Response { status: response.status(), body: response.text().await? })
}
