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

use axum::Router;
use axum::routing::get;

pub use self::provider::Provider;
pub use self::settings::{InvalidOidcSettings, OidcSettings, OidcVariables};
use crate::Api;
use crate::error::ApiFailure;

/// `/auth/oidc` and below.
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/auth/oidc", get(start::sign_in))
        .route("/auth/oidc/confirm", get(start::confirm))
        .route("/auth/oidc/link", get(start::link))
        .route("/auth/oidc/callback", get(callback::callback))
}

/// The configured provider.
///
/// # Errors
/// 404 without one.
fn provider(api: &Api) -> Result<&Provider, ApiFailure> {
    api.provider.as_ref().ok_or(ApiFailure::not_found_or_hidden())
}

#[cfg(test)]
mod tests;
