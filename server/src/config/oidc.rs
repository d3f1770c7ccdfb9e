//! The settings of an OpenID provider.

use api::auth::oidc::{InvalidOidcSettings, OidcSettings, OidcVariables};
use clap::Args;

use super::{Config, SecretText};

/// The OpenID provider with which people can sign in. All settings, or none.
#[derive(Clone, Debug, Default, Args)]
pub struct OidcConfig {
    /// Address of the OpenID provider with which people can sign in, such as
    /// `https://accounts.example.com`. Needs `PUBLIC_URL`; the address to register at the provider is
    /// `PUBLIC_URL` and `/auth/oidc/callback`.
    #[arg(long, env)]
    pub oidc_issuer: Option<String>,

    /// Name of this server at the OpenID provider.
    #[arg(long, env)]
    pub oidc_client_id: Option<String>,

    /// Secret of this server at the OpenID provider.
    #[arg(long, env, hide_env_values = true)]
    pub oidc_client_secret: Option<SecretText>,

    /// The OpenID provider's name for people, shown on the button. By default the host of its address.
    #[arg(long, env)]
    pub oidc_name: Option<String>,
}

impl Config {
    /// Returns the OpenID provider, if there is one.
    ///
    /// # Errors
    /// When settings are missing or invalid.
    pub fn oidc_settings(&self) -> Result<Option<OidcSettings>, InvalidOidcSettings> {
        let OidcConfig { oidc_issuer, oidc_client_id, oidc_client_secret, oidc_name } = &self.oidc;
        OidcSettings::read(&OidcVariables {
            issuer: oidc_issuer.as_deref(),
            client_id: oidc_client_id.as_deref(),
            client_secret: oidc_client_secret.as_ref().map(SecretText::reveal),
            name: oidc_name.as_deref(),
            public_url: self.public_url.as_deref(),
        })
    }
}
