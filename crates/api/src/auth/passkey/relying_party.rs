//! The name under which passkeys belong to this server (the relying party's id): `localhost` or a domain.
//!
//! It is that of `PUBLIC_URL`. Without it, it is `localhost` for people who open that. Browsers offer no
//! passkeys to an address of numbers.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::HOST;
use axum::http::request::Parts;
use webauthn_rs::prelude::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::Api;
use crate::error::ApiFailure;

/// The name that people without `PUBLIC_URL` use.
const LOCAL: &str = "localhost";

/// The name that the authenticator shows.
const NAME: &str = "Tributary";

/// Returns the host on whose pages passkeys are offered. `None` if `PUBLIC_URL` has an address of
/// numbers.
#[must_use]
pub fn host(api: &Api) -> Option<String> {
    match &api.public_origin {
        Some(origin) => {
            let url: Url = origin.to_string().parse().ok()?;
            url.domain().map(str::to_owned)
        }
        None => Some(LOCAL.to_owned()),
    }
}

/// The relying party of a request. As an extractor it refuses requests to hosts that can't have passkeys.
#[derive(Clone, Debug)]
pub struct RelyingParty(pub Webauthn);

impl<S: Send + Sync> FromRequestParts<S> for RelyingParty
where
    Api: FromRef<S>,
{
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiFailure> {
        let api = Api::from_ref(state);
        let sent = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let origin = match &api.public_origin {
            Some(origin) => origin.to_string(),
            None => format!("http://{}", sent.unwrap_or_default()),
        };
        let expected = host(&api);
        let relying_party = expected.and_then(|host| relying_party(&host, &origin));
        relying_party.map(Self).ok_or(ApiFailure::not_found_or_hidden())
    }
}

fn relying_party(host: &str, origin: &str) -> Option<Webauthn> {
    let origin: Url = origin.parse().ok()?;
    if origin.domain() != Some(host) {
        return None;
    }
    WebauthnBuilder::new(host, &origin).ok()?.rp_name(NAME).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_belong_to_localhost_or_a_domain() {
        for (host, origin) in [
            ("localhost", "http://localhost:3000"),
            ("tributary.example.com", "https://tributary.example.com"),
        ] {
            assert!(relying_party(host, origin).is_some(), "{origin}");
        }
        for (host, origin) in [
            ("localhost", "http://127.0.0.1:3000"),
            ("127.0.0.1", "http://127.0.0.1:3000"),
            ("localhost", "http://evil.example"),
            ("localhost", "http://a.localhost"),
            ("localhost", "http://"),
        ] {
            assert!(relying_party(host, origin).is_none(), "{host} {origin}");
        }
    }
}
