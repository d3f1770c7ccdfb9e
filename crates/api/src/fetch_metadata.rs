//! Refuses what pages of other sites request, by what the browser says about it (`Sec-Fetch-*`,
//! <https://www.w3.org/TR/fetch-metadata/>).
//!
//! Requests that change something are refused by `tower_http`'s CSRF layer. This is about reads and
//! streams: another site can't read the answer, but it could measure it or keep connections open. Browsers
//! send the headers only to secure origins, and programs don't send them.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiFailure;

/// The path to which an OpenID provider leads people back.
const PROVIDER_CALLBACK: &str = "/auth/oidc/callback";

/// Middleware for endpoints that only pages of this server read.
pub async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let leads_back =
        is_visit(request.method(), request.headers()) && request.uri().path() == PROVIDER_CALLBACK;
    if is_from_another_site(request.headers()) && !leads_back {
        return ApiFailure::CrossSite.into_response();
    }
    next.run(request).await
}

/// Middleware for pages, which other sites may link to but not load into theirs.
pub async fn refuse_embedding(request: Request, next: Next) -> Response {
    let (method, headers) = (request.method(), request.headers());
    if is_from_another_site(headers) && !is_visit(method, headers) {
        return ApiFailure::CrossSite.into_response();
    }
    next.run(request).await
}

/// Whether a page of another origin sent the request. Another port of this host is one too.
fn is_from_another_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    site.is_some_and(|site| matches!(site, b"cross-site" | b"same-site"))
}

/// Whether the browser follows a link, so that it shows the answer as a page.
fn is_visit(method: &Method, headers: &HeaderMap) -> bool {
    let says = |name, value: &str| headers.get(name).is_some_and(|its| its == value);
    method == Method::GET
        && says("sec-fetch-mode", "navigate")
        && says("sec-fetch-dest", "document")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use tower::ServiceExt as _;

    use super::*;

    /// Whether the endpoint, the way to a provider, the way back, and the page are allowed.
    async fn statuses(site: &str, mode: &str, dest: &str) -> [bool; 4] {
        let answer = || Router::new().fallback(async || "answer");
        let endpoints = answer().layer(from_fn(refuse_other_sites));
        let pages = answer().layer(from_fn(refuse_embedding));
        let mut allowed = [false; 4];
        let requests = [
            (&endpoints, "/me"),
            (&endpoints, "/auth/oidc"),
            (&endpoints, "/auth/oidc/callback"),
            (&pages, "/home"),
        ];
        for (allowed, (router, path)) in allowed.iter_mut().zip(requests) {
            let mut request = Request::get(path);
            for (name, value) in
                [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)]
            {
                if !value.is_empty() {
                    request = request.header(name, value);
                }
            }
            let request = request.body(Body::empty()).unwrap();
            let status = router.clone().oneshot(request).await.unwrap().status();
            assert!([StatusCode::OK, StatusCode::FORBIDDEN].contains(&status), "{status}");
            *allowed = status == StatusCode::OK;
        }
        allowed
    }

    #[tokio::test]
    async fn other_sites_may_only_link_to_pages_and_lead_back_to_sign_in() {
        for site in ["cross-site", "same-site"] {
            assert_eq!(statuses(site, "navigate", "document").await, [false, false, true, true]);
            assert_eq!(statuses(site, "navigate", "iframe").await, [false; 4]);
            assert_eq!(statuses(site, "no-cors", "image").await, [false; 4]);
            assert_eq!(statuses(site, "cors", "empty").await, [false; 4]);
        }
    }

    #[tokio::test]
    async fn own_pages_typed_addresses_and_programs_are_allowed() {
        assert_eq!(statuses("same-origin", "cors", "empty").await, [true; 4]);
        assert_eq!(statuses("none", "navigate", "document").await, [true; 4]);
        assert_eq!(statuses("", "", "").await, [true; 4]);
    }
}
