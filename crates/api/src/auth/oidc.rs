//! Signing in with an OpenID provider (OpenID Connect Core 1.0, authorization code flow with PKCE).
//!
//! `GET /auth/oidc` sends the browser to the provider ([`start`]), which sends it back to
//! `GET /auth/oidc/callback` ([`callback`]). Between both, a row of [`authentication_request`] waits in
//! Postgres, so that any node can finish. [`provider`] talks to the provider; [`identity`] stores who is who.

pub mod authentication_request;
pub mod callback;
mod http_client;
pub mod identity;
pub mod provider;
pub mod settings;
pub mod start;

pub use self::provider::Provider;
pub use self::settings::{InvalidOidcSettings, OidcSettings, OidcVariables};
use crate::Api;
use crate::error::ApiFailure;
use crate::routes::{Audience, Routes};

/// `/auth/oidc` and below.
pub fn routes() -> Routes<Api> {
    Routes::new()
        .get("/auth/oidc", Audience::Anyone, start::sign_in)
        .get("/auth/oidc/confirm", Audience::Accounts, start::confirm)
        .get("/auth/oidc/link", Audience::Accounts, start::link)
        .get("/auth/oidc/callback", Audience::Anyone, callback::callback)
}

/// Returns the configured provider.
///
/// # Errors
/// 404 without one.
fn provider(api: &Api) -> Result<&Provider, ApiFailure> {
    api.provider.as_ref().ok_or(ApiFailure::not_found_or_hidden())
}

#[cfg(test)]
mod tests;
