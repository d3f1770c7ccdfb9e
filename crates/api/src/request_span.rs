//! The span of a request: it puts the request's id, the user and the organization on every log line of
//! the request, and on its trace.
//!
//! The server names each request itself. An `X-Request-Id` of the client is replaced, so that nobody can
//! write into the log or give two requests one id (ASVS 16.4.1).
//!
//! A span has ids only. It has the route instead of the path, because paths and queries contain tokens,
//! names and email addresses. It ends with the head of the response: a stream's body lives for hours,
//! and its span would take memory for each reader.

use std::fmt::{self, Display};
use std::sync::OnceLock;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use contract::{MutationId, OrganizationId, UserId};
use tracing::field::{Empty, display};
use tracing::{Instrument, Span, debug, error_span};
use uuid::Uuid;

use crate::error::REQUEST_ID_HEADER;

/// The id that the server gave to a request. An extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A random id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    fn to_header(self) -> HeaderValue {
        HeaderValue::try_from(self.to_string())
            .expect("a UUID has only letters, digits and hyphens")
    }
}

impl Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The span of the request that the current task answers. Each field is recorded once: a log line has
/// one value of it.
struct RequestSpan {
    span: Span,
    user: OnceLock<UserId>,
    organization: OnceLock<OrganizationId>,
}

tokio::task_local! {
    static CURRENT: RequestSpan;
}

/// Middleware that names the request, in the request's and the response's header `X-Request-Id`, and
/// answers it within its span. It wraps all middleware that logs.
pub async fn trace_request(mut request: Request, next: Next) -> Response {
    let (id, started) = (RequestId::random(), Instant::now());
    request.headers_mut().insert(REQUEST_ID_HEADER, id.to_header());
    request.extensions_mut().insert(id);
    // The level of errors, so that a filter such as `warn` keeps the ids of the lines that it shows.
    let span = error_span!(
        "request",
        request_id = %id,
        method = %request.method(),
        route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str),
        user_id = Empty,
        organization_id = Empty,
        mutation_id = Empty,
        status = Empty,
    );
    let current =
        RequestSpan { span: span.clone(), user: OnceLock::new(), organization: OnceLock::new() };
    let answer = CURRENT.scope(current, next.run(request)).instrument(span.clone());
    let mut response = answer.await;
    response.headers_mut().insert(REQUEST_ID_HEADER, id.to_header());
    // Signed, because OpenTelemetry has no unsigned numbers and would get a text.
    span.record("status", i64::from(response.status().as_u16()));
    span.in_scope(|| debug!(ms = started.elapsed().as_millis(), "Answered"));
    response
}

/// Records who makes the current request. Does nothing outside a request.
pub fn record_user(id: UserId) {
    let _ = CURRENT.try_with(|request| {
        if request.user.set(id).is_ok() {
            request.span.record("user_id", display(id));
        }
    });
}

/// Records which organization the current request is about; the first one counts. Does nothing outside
/// a request.
pub fn record_organization(id: OrganizationId) {
    let _ = CURRENT.try_with(|request| {
        if request.organization.set(id).is_ok() {
            request.span.record("organization_id", display(id));
        }
    });
}

/// Records the client's name of the change that the current request makes. The CDC worker's span of the
/// batch with that change has it too.
pub(crate) fn record_mutation(id: MutationId) {
    let _ = CURRENT.try_with(|request| {
        request.span.record("mutation_id", display(id));
    });
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::HeaderMap;
    use axum::middleware::from_fn;
    use tower::ServiceExt;

    use super::*;
    use crate::error::request_id;

    #[tokio::test]
    async fn server_names_requests_whatever_the_client_calls_them() {
        let handler = async |headers: HeaderMap| request_id(&headers).to_owned();
        let router = Router::new().fallback(handler).layer(from_fn(trace_request));
        let mut names = Vec::new();
        for _ in 0..2 {
            let request = Request::get("/").header(REQUEST_ID_HEADER, "chosen-by-the-client");
            let request = request.body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let sent = response.headers()[REQUEST_ID_HEADER].to_str().unwrap().to_owned();
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            assert_eq!(sent.as_bytes(), body, "the handler and the client see the same name");
            assert!(Uuid::parse_str(&sent).is_ok(), "{sent}");
            names.push(sent);
        }
        assert_ne!(names[0], names[1]);
    }
}
