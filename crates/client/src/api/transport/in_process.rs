//! The server's own router, called without a network while a page is rendered.

use axum::Router;
use axum::body::Body;
use http::header::{ACCEPT, COOKIE};
use http_body_util::BodyExt as _;
use leptos::prelude::use_context;
use tower::ServiceExt as _;

use super::{Method, Request, Response};
use contract::{ApiError, ErrorCode};

/// What the server provides as context to the rendering of one page.
#[derive(Clone, Debug)]
pub struct ServerTransport {
    /// The whole API with all its layers, so that nothing is allowed here that isn't elsewhere.
    pub router: Router,
    /// The visitor's `cookie` header.
    pub cookie: Option<String>,
}

/// Asks the router. Only reads: rendering a page changes nothing.
pub(super) async fn send(request: Request) -> Result<Response, ApiError> {
    if request.method != Method::Get {
        return Err(internal("A page can't change anything while it is rendered."));
    }
    let transport = use_context::<ServerTransport>()
        .ok_or_else(|| internal("The page is rendered without a `ServerTransport`."))?;
    let mut asked = http::Request::get(request.path).header(ACCEPT, "application/json");
    if let Some(cookie) = transport.cookie {
        asked = asked.header(COOKIE, cookie);
    }
    let asked = asked.body(Body::empty()).map_err(internal)?;
    let answer = match transport.router.oneshot(asked).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.map_err(internal)?.to_bytes();
    let body = String::from_utf8(body.into()).map_err(internal)?;
    Ok(Response { status, body })
}

fn internal(problem: impl ToString) -> ApiError {
    ApiError::new(ErrorCode::Internal, problem.to_string())
}

#[cfg(test)]
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
            provide_context(ServerTransport { router, cookie: Some("session=ada".to_owned()) });
            block_on(transport::send(request))
        })
    }

    #[test]
    fn a_page_reads_through_the_router_with_the_visitors_cookie() {
        let whoami = |headers: HeaderMap| async move {
            (StatusCode::IM_A_TEAPOT, format!("{:?}", headers[COOKIE]))
        };
        let answer = ask(Router::new().route("/me", get(whoami)), Request::get("/me")).unwrap();
        assert_eq!(answer, Response { status: 418, body: "\"session=ada\"".to_owned() });
    }

    #[test]
    fn a_page_changes_nothing_while_it_is_rendered() {
        let answer = ask(Router::new(), Request::delete("/me"));
        assert_eq!(answer.unwrap_err().code, ErrorCode::Internal);
    }

    #[test]
    fn without_a_transport_there_is_an_error_and_not_a_panic() {
        let answer = Owner::new().with(|| block_on(transport::send(Request::get("/me"))));
        assert_eq!(answer.unwrap_err().code, ErrorCode::Internal);
    }
}
