//! The cookie that holds the session's token.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use super::session::LIFETIME;
use crate::Settings;
use crate::token::Token;

/// Over https the name binds the cookie to this host and path, and to https (RFC 6265bis, 4.1.3.2).
const fn name(settings: Settings) -> &'static str {
    if settings.secure { "__Host-tributary_session" } else { "tributary_session" }
}

/// The token that the browser holds, if what it sent is one.
#[must_use]
pub fn token(jar: &CookieJar, settings: Settings) -> Option<Token> {
    Token::parse(jar.get(name(settings))?.value())
}

/// Hands the token to the browser; out of reach for scripts and for other sites' requests.
pub fn handing_out(token: &Token, settings: Settings) -> CookieJar {
    CookieJar::new().add(with_value(token.reveal(), LIFETIME, settings))
}

/// Tells the browser to forget its token.
pub fn taking_back(settings: Settings) -> CookieJar {
    CookieJar::new().add(with_value(String::new(), time::Duration::ZERO, settings))
}

fn with_value(value: String, max_age: time::Duration, settings: Settings) -> Cookie<'static> {
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

    fn header(jar: CookieJar) -> String {
        jar.into_response().headers()[SET_COOKIE].to_str().unwrap().to_owned()
    }

    #[test]
    fn over_https_the_cookie_is_bound_to_the_host() {
        let token = Token::generate().unwrap();
        let cookie = header(handing_out(&token, Settings { secure: true }));
        assert!(cookie.starts_with("__Host-tributary_session="), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=2592000"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }

    #[test]
    fn over_http_the_cookie_works_without_secure() {
        let cookie = header(handing_out(&Token::generate().unwrap(), Settings { secure: false }));
        assert!(cookie.starts_with("tributary_session="), "{cookie}");
        assert!(!cookie.contains("Secure"), "{cookie}");
    }

    #[test]
    fn a_token_taken_back_expires_at_once() {
        let cookie = header(taking_back(Settings { secure: false }));
        assert!(cookie.starts_with("tributary_session=;"), "{cookie}");
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
    }
}
