//! The names under which the server answers, against DNS rebinding: a site of an attacker can give its own
//! name the address of this server, and would then share an origin with what it loads from here. The
//! browser still sends the site's name, in `Host`.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiFailure;
use crate::public_origin::PublicOrigin;

/// Endings of names that the public DNS doesn't have, so that nobody can point one elsewhere (RFC 6761,
/// RFC 6762, RFC 8375, and what ICANN has reserved or refused).
const LOCAL_ENDINGS: [&str; 9] = [
    ".localhost",
    ".local",
    ".test",
    ".internal",
    ".home.arpa",
    ".lan",
    ".home",
    ".corp",
    ".localdomain",
];

/// Paths that a proxy or an orchestrator asks for by whatever name.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];

/// The request came from a trusted proxy. An extension of the request; such a request may name any host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FromTrustedProxy;

/// The names under which the server answers: that of `PUBLIC_URL`, every address, and names that exist only
/// in local networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts {
    /// In lower case, without a port.
    public: Option<String>,
}

impl AllowedHosts {
    /// Returns the names of a server with that public origin.
    #[must_use]
    pub fn new(public_origin: Option<&PublicOrigin>) -> Self {
        Self { public: public_origin.map(|origin| origin.host().to_owned()) }
    }

    /// Whether the server answers under that host, which has no port. An address is always allowed:
    /// rebinding needs a name.
    fn allows(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        self.public.as_ref() == Some(&host)
            || !host.contains('.')
            || host.parse::<Ipv4Addr>().is_ok()
            || LOCAL_ENDINGS.iter().any(|ending| host.ends_with(ending))
    }
}

/// Returns the host that the request is for, without the port: that of the address, as a client sends
/// it to a proxy, or that of the header `Host`.
#[must_use]
pub fn host_of(request: &Request) -> Option<&str> {
    if let Some(host) = request.uri().host() {
        return Some(host);
    }
    let text = request.headers().get(HOST)?.to_str().ok()?;
    // Brackets are around IPv6 addresses, which contain colons.
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => Some(host),
        _ => Some(text),
    }
}

/// Whether the host, without a port, is this machine's own for every browser.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let ip6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || ip6.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok_and(|it| it.is_loopback()))
}

/// Middleware that refuses requests for other hosts with 421. A request without any host isn't a browser's.
pub async fn refuse_other_hosts(
    State(hosts): State<AllowedHosts>,
    request: Request,
    next: Next,
) -> Response {
    let is_allowed = HEALTH.contains(&request.uri().path())
        || request.extensions().get::<FromTrustedProxy>().is_some()
        || host_of(&request).is_none_or(|host| is_well_formed(host) && hosts.allows(host));
    if is_allowed { next.run(request).await } else { ApiFailure::UnknownHost.into_response() }
}

fn is_well_formed(host: &str) -> bool {
    !host.contains('@') && host.parse::<Authority>().is_ok()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use tower::ServiceExt as _;

    use super::*;

    fn allowed(public: Option<&str>) -> AllowedHosts {
        AllowedHosts::new(public.and_then(PublicOrigin::of_url).as_ref())
    }

    async fn status(hosts: AllowedHosts, request: Request) -> StatusCode {
        let router = Router::new().fallback(async || "answer");
        let router = router.layer(from_fn_with_state(hosts, refuse_other_hosts));
        router.oneshot(request).await.unwrap().status()
    }

    async fn status_of(hosts: AllowedHosts, host: &str) -> StatusCode {
        let request = Request::get("/").header(HOST, host).body(Body::empty()).unwrap();
        status(hosts, request).await
    }

    #[tokio::test]
    async fn addresses_and_local_names_work_without_a_public_url() {
        for host in [
            "127.0.0.1:3000",
            "localhost:3000",
            "[::1]:3000",
            "[2001:db8::5]",
            "192.168.1.5",
            "192.168.1.5:3000",
            "workstation:3000",
            "workstation.local",
            "Team.LAN",
            "tributary.localhost:8080",
            "tributary_upstream",
        ] {
            assert_eq!(status_of(allowed(None), host).await, StatusCode::OK, "{host}");
        }
    }

    #[tokio::test]
    async fn other_names_are_refused() {
        let with_url = allowed(Some("https://Tributary.example.com"));
        for host in [
            "evil.example",
            "evil.example:3000",
            "127.0.0.1.evil.example",
            "a@127.0.0.1",
            "local.com",
        ] {
            for hosts in [allowed(None), with_url.clone()] {
                assert_eq!(status_of(hosts, host).await, StatusCode::MISDIRECTED_REQUEST, "{host}");
            }
        }
        let own = "tributary.example.com";
        assert_eq!(status_of(allowed(None), own).await, StatusCode::MISDIRECTED_REQUEST);
        for host in [own, "TRIBUTARY.example.com.", "tributary.example.com:443", "10.0.0.1:3000"] {
            assert_eq!(status_of(with_url.clone(), host).await, StatusCode::OK, "{host}");
        }
    }

    #[tokio::test]
    async fn address_of_the_request_counts_before_its_header() {
        let request = Request::get("http://evil.example/").header(HOST, "localhost");
        let request = request.body(Body::empty()).unwrap();
        assert_eq!(status(allowed(None), request).await, StatusCode::MISDIRECTED_REQUEST);
    }

    #[tokio::test]
    async fn health_and_trusted_proxies_may_name_any_host() {
        let request = |path: &str| {
            Request::get(path).header(HOST, "backend.example").body(Body::empty()).unwrap()
        };
        assert_eq!(status(allowed(None), request("/healthz")).await, StatusCode::OK);
        let mut forwarded = request("/");
        forwarded.extensions_mut().insert(FromTrustedProxy);
        assert_eq!(status(allowed(None), forwarded).await, StatusCode::OK);
    }

    #[test]
    fn only_this_machines_own_names_are_loopback() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.5.5.5", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["192.168.1.5", "[2001:db8::5]", "localhost.evil.example", "workstation", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
