//! The address of the client that sent a request, as the proxies say that are trusted.
//!
//! Every proxy appends the address from which it received the request to a header. Anyone can send such a
//! header, so only what a trusted proxy appended counts: the list is read from its end, and the first
//! address that isn't a trusted proxy's is the client's.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use tracing::warn;

use crate::allowed_hosts::FromTrustedProxy;

/// De facto standard; each proxy appends an address.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client. As an extractor it never fails: a request that the server sends to itself,
/// to render a page, has the unspecified address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let unknown = Self(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        Ok(parts.extensions.get().copied().unwrap_or(unknown))
    }
}

/// The addresses that one client can choose from freely: one IPv4 address, or one IPv6 network of 64 bits,
/// the smallest that providers assign (RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// Returns the network of the address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "{address}"),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

/// The header to which trusted proxies append. Only one is read, since a proxy passes the other one on as
/// the client sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies whose headers about the client are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardedHeader,
}

/// An entry of the list isn't an address or a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` isn't an IP address or a network; write such as 10.0.0.5 or 10.0.0.0/8")]
pub struct InvalidNetwork(String);

impl FromStr for TrustedProxies {
    type Err = InvalidNetwork;

    /// Parses addresses and networks in CIDR notation, separated by commas.
    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let parse = |entry: &str| {
            let address = entry.parse().map(|address: IpAddr| IpNet::from(address.to_canonical()));
            address.or_else(|_| entry.parse()).map_err(|_| InvalidNetwork(entry.to_owned()))
        };
        let networks = entries.map(parse).collect::<Result<_, _>>()?;
        Ok(Self { networks, header: ForwardedHeader::default() })
    }
}

impl TrustedProxies {
    /// Returns the same proxies, which append to that header.
    #[must_use]
    pub fn with_header(self, header: ForwardedHeader) -> Self {
        Self { header, ..self }
    }

    /// Whether the address is a trusted proxy's.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// Returns the address of the client whose request came over a connection from `peer`.
    ///
    /// Stops at the last trusted proxy if its entry isn't an address, such as `unknown`.
    #[must_use]
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut client = peer.to_canonical();
        if !self.contains(client) {
            return ClientAddress(client);
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let values: Vec<&str> =
            headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        // Several headers are one list (RFC 9110, section 5.3).
        for entry in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let address = match self.header {
                ForwardedHeader::XForwardedFor => parse_node(entry),
                ForwardedHeader::Forwarded => forwarded_for(entry).and_then(parse_node),
            };
            let Some(address) = address else { break };
            client = address;
            if !self.contains(client) {
                break;
            }
        }
        ClientAddress(client)
    }
}

/// Returns the parameter `for` of an element of the header `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })
}

/// Parses an address, maybe in quotes and brackets and with a port: `192.0.2.1`, `192.0.2.1:80`,
/// `"[2001:db8::1]:80"`.
fn parse_node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let address = text.parse().or_else(|_| text.parse().map(|node: SocketAddr| node.ip()));
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.ok().or_else(in_brackets).map(|address: IpAddr| address.to_canonical())
}

/// Middleware that stores the [`ClientAddress`] for the extractor, from the peer's address
/// ([`ConnectInfo`]) and the headers.
pub async fn set_client_address(
    State(proxies): State<Arc<TrustedProxies>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied()
    {
        if proxies.contains(peer.ip()) {
            // It may send another `Host` than the browser's.
            request.extensions_mut().insert(FromTrustedProxy);
        }
        let headers = request.headers();
        if !proxies.contains(peer.ip()) && headers.contains_key(X_FORWARDED_FOR) {
            warn_once(peer.ip());
        }
        let address = proxies.client_address(peer.ip(), headers);
        request.extensions_mut().insert(address);
    }
    next.run(request).await
}

/// Warns about a proxy that was forgotten in the settings: all its clients share their budgets.
fn warn_once(peer: IpAddr) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        warn!(
            %peer,
            "A request has X-Forwarded-For, and TRUSTED_PROXIES doesn't name its sender. If that is your \
             proxy, add it: its clients share their limits"
        );
    }
}

#[cfg(test)]
mod tests;
