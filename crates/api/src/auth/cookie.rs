//! The session cookie, which carries the session's token.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use super::session::LIFETIME;
use crate::Settings;
use crate::token::Token;

/// Over https, the prefix `__Host-` binds the cookie to this host, to the path `/` and to https
/// (RFC 6265bis, 4.1.3.2).
const fn name(settings: Settings) -> &'static str {
    if settings.secure { "__Host-tributary_session" } else { "tributary_session" }
}

/// Reads the token from the request's cookies. `None` without a well-formed one.
#[must_use]
pub fn read_token(jar: &CookieJar, settings: Settings) -> Option<Token> {
    Token::parse(jar.get(name(settings))?.value())
}

/// Sets the cookie. Scripts can't read it (`HttpOnly`), and other sites' requests don't carry it
/// (`SameSite=Lax`).
pub fn set(token: &Token, settings: Settings) -> CookieJar {
    CookieJar::new().add(build(token.reveal(), LIFETIME, settings))
}

/// Deletes the cookie.
pub fn clear(settings: Settings) -> CookieJar {
    CookieJar::new().add(build(String::new(), time::Duration::ZERO, settings))
}

fn build(value: String, max_age: time::Duration, settings: Settings) -> Cookie<'static> {
    Cookie::build((name(settings), value))
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

    fn header(jar: CookieJar) -> String {
        jar.into_response().headers()[SET_COOKIE].to_str().unwrap().to_owned()
    }

    #[test]
    fn cookie_is_bound_to_the_host_over_https() {
        let token = Token::generate().unwrap();
        let cookie = header(set(&token, Settings { secure: true, quotas: Quotas::default() }));
        assert!(cookie.starts_with("__Host-tributary_session="), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=2592000"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }

    #[test]
    fn cookie_is_not_secure_over_http() {
        let cookie = header(set(
            &Token::generate().unwrap(),
            Settings { secure: false, quotas: Quotas::default() },
        ));
        assert!(cookie.starts_with("tributary_session="), "{cookie}");
        assert!(!cookie.contains("Secure"), "{cookie}");
    }

    #[test]
    fn cleared_cookie_expires_at_once() {
        let cookie = header(clear(Settings { secure: false, quotas: Quotas::default() }));
        assert!(cookie.starts_with("tributary_session=;"), "{cookie}");
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
    }
}
