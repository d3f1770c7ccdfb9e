//! The headers that tell browsers and proxies what they may do with an answer: one table for every
//! answer of the server, whatever wrote it.
//!
//! [`set_headers`] adds them. A handler sets one itself only where its answer needs another value: pages
//! have a content security policy with a nonce, and what may be kept has another `Cache-Control`.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::allowed_hosts::{host_of, is_loopback};

/// `Cache-Control` of answers that are secret, personal or change with the session: nobody keeps them. All
/// answers are private, because none is for another client, and proxies must not change any (RFC 9111,
/// section 5.2.2).
pub const NEVER_KEPT: HeaderValue = HeaderValue::from_static("private, no-store, no-transform");

/// `Cache-Control` of answers that a browser may keep if it asks before each use.
pub const KEPT_AND_CHECKED: HeaderValue =
    HeaderValue::from_static("private, no-cache, no-transform");

/// `Cache-Control` of answers that a browser may use for a minute without asking.
pub const KEPT_FOR_A_MINUTE: HeaderValue =
    HeaderValue::from_static("private, max-age=60, no-transform");

/// `Cache-Control` of answers that never change.
pub const KEPT_FOR_A_YEAR: HeaderValue =
    HeaderValue::from_static("private, max-age=31536000, immutable, no-transform");

/// The policy of an answer that isn't a page, in case a browser shows it as one: it loads nothing, runs
/// nothing and has no origin (ASVS 3.2.1).
pub const NOT_A_PAGE: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

/// The policy of a worker's script, which applies to the worker: it only sends requests to this server.
pub const WORKER: HeaderValue =
    HeaderValue::from_static("default-src 'none'; connect-src 'self'; frame-ancestors 'none'");

/// Makes the browser drop what it has stored of this origin, so that its next user finds nothing: the
/// cache and the pages of the back button. Cookies and storage stay, since drafts and other instances on
/// this host are in them.
pub const CLEAR_CACHE: (HeaderName, HeaderValue) =
    (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));

/// On every answer.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    // A body is only what its type says (ASVS 3.4.4).
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Paths contain tokens of invitations and names. With `no-referrer`, forms would send the origin
    // `null`.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    // Pages of other origins can't embed it (ASVS 3.5.8).
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// On every answer but wasm, which no browser shows as a page: a page's code is in up to thirty files. Nothing of
/// this is used. What isn't named
/// here, such as the clipboard and passkeys, only this origin may use.
const PERMISSIONS: (HeaderName, HeaderValue) = (
    HeaderName::from_static("permissions-policy"),
    HeaderValue::from_static(
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
         hid=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
         screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()",
    ),
);

/// On answers whose handler doesn't set another value.
const DEFAULTS: [(HeaderName, HeaderValue); 2] =
    [(header::CACHE_CONTROL, NEVER_KEPT), (header::CONTENT_SECURITY_POLICY, NOT_A_PAGE)];

/// On answers to a secure origin; browsers ignore it elsewhere and warn. Windows of other origins get no
/// handle of a page (ASVS 3.4.8).
const SECURE_ORIGIN: (HeaderName, HeaderValue) = (
    HeaderName::from_static("cross-origin-opener-policy"),
    HeaderValue::from_static("same-origin"),
);

/// On answers over https: browsers use only https for this host and those below it, for two years
/// (ASVS 3.4.1).
const HTTPS: (HeaderName, HeaderValue) = (
    header::STRICT_TRANSPORT_SECURITY,
    HeaderValue::from_static("max-age=63072000; includeSubDomains"),
);

/// How people reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Only over https.
    Https,
    /// Over plain HTTP.
    Http,
}

/// Middleware that adds the headers to every answer. It wraps everything else that answers.
pub async fn set_headers(
    State(transport): State<Transport>,
    request: Request,
    next: Next,
) -> Response {
    let is_https = transport == Transport::Https;
    let is_secure = is_https || host_of(&request).is_some_and(is_loopback);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(value);
    }
    insert_if(!is_wasm(headers), headers, PERMISSIONS);
    insert_if(is_secure, headers, SECURE_ORIGIN);
    if !is_secure {
        // Browsers ignore it and warn.
        headers.remove(CLEAR_CACHE.0);
    }
    insert_if(is_https, headers, HTTPS);
    response
}

fn is_wasm(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|its| its == "application/wasm")
}

fn insert_if(condition: bool, headers: &mut HeaderMap, (name, value): (HeaderName, HeaderValue)) {
    if condition {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use tower::ServiceExt as _;

    use super::*;

    async fn headers(transport: Transport, host: &str) -> HeaderMap {
        let router = Router::new().fallback(async || [(header::CACHE_CONTROL, KEPT_AND_CHECKED)]);
        let router = router.layer(from_fn_with_state(transport, set_headers));
        let request = Request::get("/kept").header("host", host).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().headers().clone()
    }

    #[tokio::test]
    async fn transport_security_is_only_for_https() {
        let header = header::STRICT_TRANSPORT_SECURITY;
        let https = headers(Transport::Https, "tributary.example.com").await;
        assert_eq!(https[&header], "max-age=63072000; includeSubDomains");
        assert!(!headers(Transport::Http, "localhost:3000").await.contains_key(&header));
    }

    #[tokio::test]
    async fn windows_are_separated_on_secure_origins() {
        let header = "cross-origin-opener-policy";
        for (transport, host) in [
            (Transport::Https, "10.0.0.5"),
            (Transport::Http, "127.0.0.1:3000"),
            (Transport::Http, "[::1]"),
        ] {
            assert_eq!(headers(transport, host).await[header], "same-origin", "{host}");
        }
        assert!(!headers(Transport::Http, "192.168.1.5:3000").await.contains_key(header));
    }

    #[tokio::test]
    async fn handlers_choose_what_may_be_kept() {
        let kept = headers(Transport::Http, "localhost").await;
        assert_eq!(kept[header::CACHE_CONTROL], KEPT_AND_CHECKED);
        assert_eq!(kept[header::CONTENT_SECURITY_POLICY], NOT_A_PAGE);
    }
}
