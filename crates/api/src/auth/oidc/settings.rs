//! The settings of an OpenID provider.

use std::net::IpAddr;

use contract::Name;
use openidconnect::url::{Host, Url};
use openidconnect::{ClientId, ClientSecret, IssuerUrl, RedirectUrl};

/// The path to which the provider sends browsers back.
const CALLBACK: &str = "/auth/oidc/callback";

/// The texts of the settings. `None` for those that aren't set.
#[derive(Clone, Default)]
pub struct OidcVariables<'a> {
    /// `OIDC_ISSUER`
    pub issuer: Option<&'a str>,
    /// `OIDC_CLIENT_ID`
    pub client_id: Option<&'a str>,
    /// `OIDC_CLIENT_SECRET`
    pub client_secret: Option<&'a str>,
    /// `OIDC_NAME`
    pub name: Option<&'a str>,
    /// `PUBLIC_URL`
    pub public_url: Option<&'a str>,
}

/// A provider, and how this server is registered there.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// The provider's address, which is also its name in tokens.
    pub(super) issuer: IssuerUrl,
    pub(super) client_id: ClientId,
    pub(super) client_secret: ClientSecret,
    pub(super) redirect_url: RedirectUrl,
    /// The provider's name for people.
    pub name: Name,
    /// The addresses that the server may connect to.
    pub(super) reach: Reach,
}

/// The addresses of a provider that the server connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those with https.
    Https,
    /// Those of this machine, also without https: the issuer runs here.
    ThisMachine,
}

/// Why the settings of a provider are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOidcSettings {
    /// Some of the settings are missing.
    #[error(
        "signing in with an OpenID provider needs {0} too; set it, or none of the OIDC settings"
    )]
    Missing(&'static str),
    /// The provider's address isn't one.
    #[error(
        "OIDC_ISSUER is invalid: enter the provider's address, such as https://accounts.example.com"
    )]
    Issuer,
    /// Tokens would cross a network in clear.
    #[error("OIDC_ISSUER must start with https://, unless the provider runs on this machine")]
    PlainHttp,
    /// The name can't be shown.
    #[error("OIDC_NAME is invalid: {0}")]
    Name(&'static str),
    /// The address of the server isn't one.
    #[error("PUBLIC_URL is invalid: enter an address such as https://tributary.example.com")]
    PublicUrl,
}

impl OidcSettings {
    /// Reads the settings. `None` if none is set.
    ///
    /// # Errors
    /// See [`InvalidOidcSettings`].
    pub fn read(variables: &OidcVariables<'_>) -> Result<Option<Self>, InvalidOidcSettings> {
        let OidcVariables { issuer, client_id, client_secret, name, public_url } = *variables;
        if [issuer, client_id, client_secret, name].iter().all(Option::is_none) {
            return Ok(None);
        }
        let required = |setting: Option<&str>, variable| {
            setting.map(str::to_owned).ok_or(InvalidOidcSettings::Missing(variable))
        };
        let issuer = required(issuer, "OIDC_ISSUER")?;
        let client_id = required(client_id, "OIDC_CLIENT_ID")?;
        let client_secret = required(client_secret, "OIDC_CLIENT_SECRET")?;
        let public_url = required(public_url, "PUBLIC_URL")?;
        let url = Url::parse(&issuer).map_err(|_| InvalidOidcSettings::Issuer)?;
        let host = url.host_str().ok_or(InvalidOidcSettings::Issuer)?;
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(InvalidOidcSettings::Issuer);
        }
        let reach = match url.scheme() {
            "https" => Reach::Https,
            "http" if is_this_machine(&url) => Reach::ThisMachine,
            "http" => return Err(InvalidOidcSettings::PlainHttp),
            _ => return Err(InvalidOidcSettings::Issuer),
        };
        let name = Name::parse(name.unwrap_or(host))
            .map_err(|invalid| InvalidOidcSettings::Name(invalid.message))?;
        let redirect_url = RedirectUrl::new(format!("{public_url}{CALLBACK}"));
        Ok(Some(Self {
            issuer: IssuerUrl::new(issuer).map_err(|_| InvalidOidcSettings::Issuer)?,
            client_id: ClientId::new(client_id),
            client_secret: ClientSecret::new(client_secret),
            redirect_url: redirect_url.map_err(|_| InvalidOidcSettings::PublicUrl)?,
            name,
            reach,
        }))
    }
}

impl Reach {
    /// Whether the server connects to that address, or sends browsers there.
    #[must_use]
    pub fn includes(self, url: &Url) -> bool {
        match self {
            Self::Https => url.scheme() == "https",
            Self::ThisMachine => {
                url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(url))
            }
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: OidcVariables<'_> = OidcVariables {
        issuer: Some("https://accounts.example.com"),
        client_id: Some("tributary"),
        client_secret: Some("planted secret"),
        name: None,
        public_url: Some("https://tributary.example.com"),
    };

    #[test]
    fn settings_belong_together() {
        assert!(OidcSettings::read(&OidcVariables::default()).unwrap().is_none());
        let only_public = OidcVariables { public_url: COMPLETE.public_url, ..Default::default() };
        assert!(OidcSettings::read(&only_public).unwrap().is_none());
        let settings = OidcSettings::read(&COMPLETE).unwrap().unwrap();
        assert_eq!(settings.name.as_str(), "accounts.example.com");
        assert_eq!(
            settings.redirect_url.as_str(),
            "https://tributary.example.com/auth/oidc/callback"
        );
        assert!(!format!("{settings:?}").contains("planted"), "{settings:?}");
        for (variables, missing) in [
            (OidcVariables { issuer: None, ..COMPLETE }, "OIDC_ISSUER"),
            (OidcVariables { client_id: None, ..COMPLETE }, "OIDC_CLIENT_ID"),
            (OidcVariables { client_secret: None, ..COMPLETE }, "OIDC_CLIENT_SECRET"),
            (OidcVariables { public_url: None, ..COMPLETE }, "PUBLIC_URL"),
            (OidcVariables { name: Some("Acme"), ..Default::default() }, "OIDC_ISSUER"),
        ] {
            let refused = OidcSettings::read(&variables).unwrap_err();
            assert_eq!(refused, InvalidOidcSettings::Missing(missing));
        }
    }

    #[test]
    fn provider_on_another_machine_needs_https() {
        let issuer =
            |issuer| OidcSettings::read(&OidcVariables { issuer: Some(issuer), ..COMPLETE });
        for here in ["http://127.0.0.1:9000/realm", "http://[::1]:9000", "http://idp.localhost"] {
            assert_eq!(issuer(here).unwrap().unwrap().reach, Reach::ThisMachine, "{here}");
        }
        for plain in ["http://accounts.example.com", "http://10.0.0.5", "http://localhost.example"]
        {
            assert_eq!(issuer(plain).unwrap_err(), InvalidOidcSettings::PlainHttp, "{plain}");
        }
        for invalid in [
            "accounts.example.com",
            "ftp://example.com",
            "https://a.example/?b",
            "https://x@a.example",
        ] {
            assert_eq!(issuer(invalid).unwrap_err(), InvalidOidcSettings::Issuer, "{invalid}");
        }
    }

    #[test]
    fn only_a_provider_on_this_machine_leads_to_plain_addresses_and_only_here() {
        let includes = |reach: Reach, url: &str| reach.includes(&Url::parse(url).unwrap());
        assert!(includes(Reach::Https, "https://keys.example.com"));
        for url in ["http://127.0.0.1/keys", "http://keys.example.com", "file:///etc/passwd"] {
            assert!(!includes(Reach::Https, url), "{url}");
        }
        assert!(includes(Reach::ThisMachine, "http://127.0.0.1/keys"));
        for url in ["http://10.0.0.5/keys", "file:///etc/passwd", "javascript:alert(1)"] {
            assert!(!includes(Reach::ThisMachine, url), "{url}");
        }
    }
}
