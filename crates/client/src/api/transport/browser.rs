//! Sends requests with `fetch`. They are same-origin, so the browser adds the session's cookie.

use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use send_wrapper::SendWrapper;

use super::{Body, Method, Request, Response};
use contract::request::MUTATION_ID_HEADER;
use contract::{ApiError, ErrorCode};

/// Sends a request. `SendWrapper` makes the future `Send`, which is sound because a browser has one
/// thread.
pub(super) async fn send(request: Request) -> Result<Response, ApiError> {
    SendWrapper::new(fetch(request)).await.map_err(|_| {
        let message = "Can't reach Tributary. Check your connection and try again.";
        ApiError::new(ErrorCode::Unreachable, message)
    })
}

async fn fetch(request: Request) -> Result<Response, gloo_net::Error> {
    let mut builder = RequestBuilder::new(&request.path)
        .method(match request.method {
            Method::Get => HttpMethod::GET,
            Method::Post => HttpMethod::POST,
            Method::Put => HttpMethod::PUT,
            Method::Patch => HttpMethod::PATCH,
            Method::Delete => HttpMethod::DELETE,
        })
        .header("accept", "application/json");
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
