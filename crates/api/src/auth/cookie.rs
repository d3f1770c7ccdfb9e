//! The session cookie, which carries the session's token, and the cookie of a sign-in that isn't finished.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use sqlx::PgExecutor;

use super::oidc::authentication_request;
use super::passkey::ceremony;
use super::pending_sign_in;
use super::session::LIFETIME;
use crate::Settings;
use crate::token::Token;

/// Names an instance: all nodes on one database. Two instances on one host, at different ports, share the
/// browser's cookies, and must not overwrite each other's session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstanceId(u32);

impl InstanceId {
    /// Reads the id, which the database has had from its beginning.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn read(executor: impl PgExecutor<'_>) -> Result<Self, sqlx::Error> {
        let id: i32 = sqlx::query_scalar("select id from instance").fetch_one(executor).await?;
        Ok(Self(id.cast_unsigned()))
    }
}

/// Returns the cookie's name, such as `tributary_session_1f2e3d4c`. Over https, the prefix `__Host-` binds the
/// cookie to this host, to the path `/` and to https (RFC 6265bis, 4.1.3.2).
#[must_use]
pub fn name(settings: Settings) -> String {
    let prefix = if settings.secure { "__Host-" } else { "" };
    format!("{prefix}tributary_session_{:08x}", settings.instance.0)
}

/// Reads the token from the request's cookies. `None` without a well-formed one.
#[must_use]
pub fn read_token(jar: &CookieJar, settings: Settings) -> Option<Token> {
    Token::parse(jar.get(&name(settings))?.value())
}

/// Returns the name of the cookie of a sign-in that waits for a code.
fn pending_name(settings: Settings) -> String {
    let prefix = if settings.secure { "__Host-" } else { "" };
    format!("{prefix}tributary_sign_in_{:08x}", settings.instance.0)
}

/// Reads the token of a sign-in that waits for a code. `None` without a well-formed one.
#[must_use]
pub fn read_pending(jar: &CookieJar, settings: Settings) -> Option<Token> {
    Token::parse(jar.get(&pending_name(settings))?.value())
}

/// Sets the cookie of a sign-in that waits for a code.
pub fn set_pending(token: &Token, settings: Settings) -> CookieJar {
    let name = pending_name(settings);
    CookieJar::new().add(build(name, token.reveal(), pending_sign_in::LIFETIME, settings))
}

/// Returns the name of the cookie of a browser that was sent to the OpenID provider.
fn provider_name(settings: Settings) -> String {
    let prefix = if settings.secure { "__Host-" } else { "" };
    format!("{prefix}tributary_provider_{:08x}", settings.instance.0)
}

/// Reads the token of a browser that was sent to the provider. `None` without a well-formed one.
#[must_use]
pub fn read_provider(jar: &CookieJar, settings: Settings) -> Option<Token> {
    Token::parse(jar.get(&provider_name(settings))?.value())
}

/// Sets the cookie of a browser that is sent to the provider. It is `SameSite=Lax`, so it comes back when
/// the provider sends the browser back, which is a visit from another site.
pub fn set_provider(token: &Token, settings: Settings) -> CookieJar {
    let name = provider_name(settings);
    CookieJar::new().add(build(name, token.reveal(), authentication_request::LIFETIME, settings))
}

/// Deletes the cookie of a browser that was sent to the provider.
pub fn clear_provider(settings: Settings) -> CookieJar {
    let name = provider_name(settings);
    CookieJar::new().add(build(name, String::new(), time::Duration::ZERO, settings))
}

/// Returns the name of the cookie of a browser that was given a challenge for a passkey.
fn passkey_name(settings: Settings) -> String {
    let prefix = if settings.secure { "__Host-" } else { "" };
    format!("{prefix}tributary_passkey_{:08x}", settings.instance.0)
}

/// Reads the token of a challenge for a passkey. `None` without a well-formed one.
#[must_use]
pub fn read_passkey(jar: &CookieJar, settings: Settings) -> Option<Token> {
    Token::parse(jar.get(&passkey_name(settings))?.value())
}

/// Sets the cookie of a browser that is given a challenge for a passkey.
pub fn set_passkey(token: &Token, settings: Settings) -> CookieJar {
    let name = passkey_name(settings);
    CookieJar::new().add(build(name, token.reveal(), ceremony::LIFETIME, settings))
}

/// Deletes the cookie of a challenge for a passkey.
pub fn clear_passkey(settings: Settings) -> CookieJar {
    let name = passkey_name(settings);
    CookieJar::new().add(build(name, String::new(), time::Duration::ZERO, settings))
}

/// Sets the cookie. Scripts can't read it (`HttpOnly`), and other sites' requests don't carry it
/// (`SameSite=Lax`).
pub fn set(token: &Token, settings: Settings) -> CookieJar {
    CookieJar::new().add(build(name(settings), token.reveal(), LIFETIME, settings))
}

/// Deletes the cookie.
pub fn clear(settings: Settings) -> CookieJar {
    CookieJar::new().add(build(name(settings), String::new(), time::Duration::ZERO, settings))
}

fn build(
    name: String,
    value: String,
    max_age: time::Duration,
    settings: Settings,
) -> Cookie<'static> {
    Cookie::build((name, value))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(settings.secure)
        .path("/")
        .max_age(max_age)
        .build()
}

#[cfg(test)]
mod tests {
    use axum::http::header::SET_COOKIE;
    use axum::response::IntoResponse;

    use super::*;
    use crate::quotas::Quotas;

    fn settings(secure: bool) -> Settings {
        Settings { secure, instance: InstanceId(42), quotas: Quotas::default() }
    }

    fn header(jar: CookieJar) -> String {
        jar.into_response().headers()[SET_COOKIE].to_str().unwrap().to_owned()
    }

    #[test]
    fn cookie_is_bound_to_the_host_over_https() {
        let token = Token::generate().unwrap();
        let cookie = header(set(&token, settings(true)));
        assert!(cookie.starts_with("__Host-tributary_session_0000002a="), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=2592000"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }

    #[test]
    fn cookie_is_not_secure_over_http() {
        let cookie = header(set(&Token::generate().unwrap(), settings(false)));
        assert!(cookie.starts_with("tributary_session_0000002a="), "{cookie}");
        assert!(!cookie.contains("Secure"), "{cookie}");
    }

    #[test]
    fn cleared_cookie_expires_at_once() {
        let cookie = header(clear(settings(false)));
        assert!(cookie.starts_with("tributary_session_0000002a=;"), "{cookie}");
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
    }
}
