//! The origin at which people open Tributary.

use std::fmt;

use axum::http::Uri;

/// An origin as a browser sends it in the header `Origin` (RFC 6454, section 6.2): scheme and host in
/// lower case, and the port unless it is the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicOrigin(String);

impl PublicOrigin {
    /// Returns the origin of an address such as `https://tributary.example.com`; none if it has no
    /// host, or another scheme than http and https.
    #[must_use]
    pub fn of_url(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let (scheme, own_port) = match uri.scheme_str()? {
            "http" => ("http", 80),
            "https" => ("https", 443),
            _ => return None,
        };
        let host = uri.host()?.to_ascii_lowercase();
        Some(Self(match uri.port_u16().filter(|port| *port != own_port) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }))
    }
}

impl PublicOrigin {
    /// Returns the host, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        let (_, authority) = self.0.split_once("://").unwrap_or_default();
        match authority.rsplit_once(':') {
            // Brackets are around IPv6 addresses, which contain colons.
            Some((host, port)) if !port.contains(']') => host,
            _ => authority,
        }
    }
}

impl fmt::Display for PublicOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_written_like_a_browser_does() {
        for (url, origin) in [
            ("https://Tributary.Example.com/", "https://tributary.example.com"),
            ("https://example.com:443", "https://example.com"),
            ("http://team.lan:80", "http://team.lan"),
            ("http://192.168.1.5:3000", "http://192.168.1.5:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(PublicOrigin::of_url(url).unwrap().to_string(), origin);
        }
        for (url, host) in [
            ("https://Tributary.Example.com/", "tributary.example.com"),
            ("http://192.168.1.5:3000", "192.168.1.5"),
            ("http://[::1]:3000", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(PublicOrigin::of_url(url).unwrap().host(), host);
        }
        for other in ["example.com", "ftp://example.com", "/path", ""] {
            assert_eq!(PublicOrigin::of_url(other), None);
        }
    }
}
