//! Refuses to start a server that other machines reach without protection.

use std::net::SocketAddr;

use http::Uri;

use crate::config::Config;

/// Why the server doesn't start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExposureError {
    /// Passwords and sessions would cross a network in clear.
    #[error(
        "{0} would be served over plain HTTP, so passwords cross the network in clear; put a proxy with \
         TLS in front and set PUBLIC_URL to its https:// address, or set ALLOW_PLAIN_HTTP=true on a \
         network that you trust"
    )]
    PlainHttp(String),
    /// Everyone knows the password of the demo accounts.
    #[error(
        "the demo accounts have a published password, so they need a server that only this machine \
         reaches: don't set DEMO, or set ADDRESS to 127.0.0.1:3000 and no public PUBLIC_URL"
    )]
    Demo,
}

/// Checks that the configuration exposes neither passwords nor the demo accounts.
///
/// # Errors
/// See [`ExposureError`].
pub fn check(config: &Config) -> Result<(), ExposureError> {
    if config.demo && is_exposed(config) {
        return Err(ExposureError::Demo);
    }
    if is_exposed(config) && !config.is_secure() && !config.allow_plain_http {
        let address = config.public_url.clone().unwrap_or_else(|| config.address.to_string());
        return Err(ExposureError::PlainHttp(address));
    }
    Ok(())
}

/// Whether other machines reach the server: it listens for them, or a proxy does.
#[must_use]
pub fn is_exposed(config: &Config) -> bool {
    let is_public = config.public_url.as_deref().is_some_and(|url| !is_loopback_url(url));
    is_public || !config.address.ip().is_loopback()
}

fn is_loopback_url(url: &str) -> bool {
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        || host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
}

/// Returns the address of the server in links, without a trailing slash. `address` is the one that it
/// listens on.
#[must_use]
pub fn origin(config: &Config, address: SocketAddr) -> String {
    match &config.public_url {
        Some(url) => url.clone(),
        None if address.ip().is_unspecified() => format!("http://localhost:{}", address.port()),
        None => format!("http://{address}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(address: &str, public_url: Option<&str>) -> Config {
        Config {
            address: address.parse().unwrap(),
            public_url: public_url.map(str::to_owned),
            ..crate::testing::config("/nonexistent")
        }
    }

    #[test]
    fn plain_http_beyond_this_machine_needs_a_setting() {
        for (address, public_url) in [
            ("127.0.0.1:3000", None),
            ("[::1]:3000", None),
            ("127.0.0.1:3000", Some("http://localhost:8080")),
            ("0.0.0.0:3000", Some("https://tributary.example.com")),
        ] {
            assert_eq!(check(&config(address, public_url)), Ok(()), "{address} {public_url:?}");
        }
        for (address, public_url) in [
            ("0.0.0.0:3000", None),
            ("192.168.1.5:3000", None),
            ("[::]:3000", Some("http://localhost:3000")),
            ("127.0.0.1:3000", Some("http://team.lan")),
        ] {
            let mut config = config(address, public_url);
            assert!(
                matches!(check(&config), Err(ExposureError::PlainHttp(_))),
                "{address} {public_url:?}"
            );
            config.allow_plain_http = true;
            assert_eq!(check(&config), Ok(()), "{address} {public_url:?}");
        }
    }

    #[test]
    fn demo_accounts_exist_on_this_machine_only() {
        for (address, public_url, expected) in [
            ("127.0.0.1:3000", None, Ok(())),
            ("0.0.0.0:3000", Some("https://tributary.example.com"), Err(ExposureError::Demo)),
            ("127.0.0.1:3000", Some("https://tributary.example.com"), Err(ExposureError::Demo)),
        ] {
            let config =
                Config { demo: true, allow_plain_http: true, ..config(address, public_url) };
            assert_eq!(check(&config), expected, "{address} {public_url:?}");
        }
    }

    #[test]
    fn links_lead_to_the_public_address() {
        let address = "0.0.0.0:3000".parse().unwrap();
        let public = config("0.0.0.0:3000", Some("https://tributary.example.com"));
        assert_eq!(origin(&public, address), "https://tributary.example.com");
        assert_eq!(origin(&config("0.0.0.0:3000", None), address), "http://localhost:3000");
        let local = "127.0.0.1:4000".parse().unwrap();
        assert_eq!(origin(&config("127.0.0.1:0", None), local), "http://127.0.0.1:4000");
    }
}
