//! Cookies that scripts set and the server reads: theme and time zone, never credentials.

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
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(its, _)| *its == name).map(|(_, value)| value)
}

/// Sets the cookie for a year. If the browser blocks cookies, it does nothing.
pub fn set(name: &str, value: &str) {
    write(&format!("{name}={value}; Path=/; Max-Age={MAX_AGE}; SameSite=Lax"));
}

/// Deletes the cookie.
pub fn delete(name: &str) {
    write(&format!("{name}=; Path=/; Max-Age=0; SameSite=Lax"));
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
