//! Cookies that scripts set and the server reads: theme and time zone, never credentials.
//!
//! Over https they are `Secure` and bound to the host by the prefix `__Host-` (ASVS 3.3.1, 3.3.3), so that nobody
//! on the network can set them. A cookie from before the prefix, or from plain HTTP, counts where there is none
//! with it.

/// Browsers accept a cookie with this prefix only from the host itself, over https.
const HOST_PREFIX: &str = "__Host-";

/// In seconds: a year.
const MAX_AGE: u32 = 365 * 24 * 60 * 60;

/// Returns the value of the cookie with that name, on the server and in the browser.
#[must_use]
pub fn get(name: &str) -> Option<String> {
    value_in_header(&header()?, name).map(str::to_owned)
}

/// Returns the value of the cookie with that name in a `Cookie` header.
#[must_use]
pub fn value_in_header<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    let pairs = || cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    let of_host = pairs().find(|(its, _)| its.strip_prefix(HOST_PREFIX) == Some(name));
    of_host.or_else(|| pairs().find(|(its, _)| *its == name)).map(|(_, value)| value)
}

/// Sets the cookie for a year. If the browser blocks cookies, it does nothing.
pub fn set(name: &str, value: &str) {
    delete(name);
    write(&assignment(name, value, MAX_AGE, is_https()));
}

/// Deletes the cookie, also one without the prefix.
pub fn delete(name: &str) {
    for is_https in [is_https(), false] {
        write(&assignment(name, "", 0, is_https));
    }
}

fn assignment(name: &str, value: &str, max_age: u32, is_https: bool) -> String {
    let (prefix, secure) = if is_https { (HOST_PREFIX, "; Secure") } else { ("", "") };
    format!("{prefix}{name}={value}; Path=/; Max-Age={max_age}; SameSite=Lax{secure}")
}

#[cfg(feature = "hydrate")]
fn is_https() -> bool {
    leptos::prelude::window().location().protocol().is_ok_and(|protocol| protocol == "https:")
}

#[cfg(not(feature = "hydrate"))]
const fn is_https() -> bool {
    false
}

#[cfg(feature = "ssr")]
fn header() -> Option<String> {
    leptos::prelude::use_context::<client::api::ServerTransport>()?.cookie
}

#[cfg(all(feature = "hydrate", not(feature = "ssr")))]
fn header() -> Option<String> {
    html_document()?.cookie().ok()
}

#[cfg(not(any(feature = "ssr", feature = "hydrate")))]
const fn header() -> Option<String> {
    None
}

#[cfg(feature = "hydrate")]
fn write(cookie: &str) {
    if let Some(document) = html_document() {
        // It fails if the browser blocks cookies.
        drop(document.set_cookie(cookie));
    }
}

#[cfg(not(feature = "hydrate"))]
const fn write(_: &str) {}

#[cfg(feature = "hydrate")]
fn html_document() -> Option<web_sys::HtmlDocument> {
    use wasm_bindgen::JsCast as _;
    leptos::prelude::document().dyn_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_bound_to_the_host_over_https() {
        assert_eq!(
            assignment("theme", "dark", 60, true),
            "__Host-theme=dark; Path=/; Max-Age=60; SameSite=Lax; Secure"
        );
        assert_eq!(assignment("theme", "", 0, false), "theme=; Path=/; Max-Age=0; SameSite=Lax");
    }

    #[test]
    fn cookie_that_is_bound_to_the_host_counts_more_than_one_that_others_may_have_set() {
        let both = "theme=light; __Host-theme=dark; other=1";
        assert_eq!(value_in_header(both, "theme"), Some("dark"));
        assert_eq!(value_in_header("theme=light", "theme"), Some("light"));
        assert_eq!(value_in_header("__Host-theme=dark", "theme"), Some("dark"));
        assert_eq!(value_in_header("my__Host-theme=dark", "theme"), None);
    }
}
