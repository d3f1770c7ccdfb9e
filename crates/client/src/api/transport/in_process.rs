//! Calls the server's own router while a page is rendered, without a network.

use axum::Router;
use axum::body::Body;
use http::Extensions;
use http::header::{ACCEPT, COOKIE};
use http_body_util::BodyExt as _;
use leptos::prelude::use_context;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Method, Request, Response};
use contract::{ApiError, ErrorCode};

/// The context that the server provides for rendering one page.
#[derive(Clone, Debug)]
pub struct ServerTransport {
    /// The whole API with all its layers, so that rendering has no more rights than a request.
    pub router: Router,
    /// The visitor's `cookie` header.
    pub cookie: Option<String>,
    /// The extensions of each request, for what the requests of one page share.
    pub extensions: Extensions,
    /// Cancelled once nobody waits for the page any more. Its requests then fail, so that rendering ends
    /// soon.
    pub reader_gone: CancellationToken,
}

/// Calls the router. Accepts only `GET`, because rendering a page changes nothing.
pub(super) async fn send(request: Request) -> Result<Response, ApiError> {
    if request.method != Method::Get {
        return Err(internal("A page can't change anything while it is rendered."));
    }
    let transport = use_context::<ServerTransport>()
        .ok_or_else(|| internal("The page is rendered without a `ServerTransport`."))?;
    let mut http_request = http::Request::get(request.path).header(ACCEPT, "application/json");
    if let Some(cookie) = transport.cookie {
        http_request = http_request.header(COOKIE, cookie);
    }
    let mut http_request = http_request.body(Body::empty()).map_err(internal)?;
    *http_request.extensions_mut() = transport.extensions;
    let answer = transport.router.oneshot(http_request);
    let response = match transport.reader_gone.run_until_cancelled(answer).await {
        Some(Ok(response)) => response,
        Some(Err(never)) => match never {},
        None => return Err(ApiError::new(ErrorCode::Unavailable, "Nobody waits for this page.")),
    };
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(internal)?.to_bytes();
    let body = String::from_utf8(body.into()).map_err(internal)?;
    Ok(Response { status, body })
}

fn internal(problem: impl ToString) -> ApiError {
    ApiError::new(ErrorCode::Internal, problem.to_string())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the routers of tests have no audience")]
mod tests {
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::get;
    use futures::executor::block_on;
    use leptos::prelude::{Owner, provide_context};

    use super::*;
    use crate::api::transport;

    fn ask(router: Router, request: Request) -> Result<Response, ApiError> {
        let owner = Owner::new();
        owner.with(|| {
            let (cookie, reader_gone) = (Some("session=ada".to_owned()), CancellationToken::new());
            let extensions = Extensions::new();
            provide_context(ServerTransport { router, cookie, extensions, reader_gone });
            block_on(transport::send(request))
        })
    }

    #[test]
    fn rendering_reads_through_the_router_with_the_visitors_cookie() {
        let whoami = |headers: HeaderMap| async move {
            (StatusCode::IM_A_TEAPOT, format!("{:?}", headers[COOKIE]))
        };
        let response = ask(Router::new().route("/me", get(whoami)), Request::get("/me")).unwrap();
        assert_eq!(response, Response { status: 418, body: "\"session=ada\"".to_owned() });
    }

    #[test]
    fn rendering_refuses_changing_requests() {
        let response = ask(Router::new(), Request::delete("/me"));
        assert_eq!(response.unwrap_err().code, ErrorCode::Internal);
    }

    #[test]
    fn request_fails_at_once_when_nobody_waits_for_the_page() {
        let never = || std::future::pending::<()>();
        let router = Router::new().route("/me", get(never));
        let reader_gone = CancellationToken::new();
        reader_gone.cancel();
        let owner = Owner::new();
        let answer = owner.with(|| {
            let (cookie, extensions) = (None, Extensions::new());
            provide_context(ServerTransport { router, cookie, extensions, reader_gone });
            block_on(transport::send(Request::get("/me")))
        });
        assert_eq!(answer.unwrap_err().code, ErrorCode::Unavailable);
    }

    #[test]
    fn missing_transport_is_an_error() {
        let response = Owner::new().with(|| block_on(transport::send(Request::get("/me"))));
        assert_eq!(response.unwrap_err().code, ErrorCode::Internal);
    }
}
