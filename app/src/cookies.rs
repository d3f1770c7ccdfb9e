//! Cookies that the browser sets for the server to read: how pages are to look, never who somebody
//! is.

/// How long they are kept: a year, in seconds.
const AGE: u32 = 365 * 24 * 60 * 60;

/// The value of the cookie of that name, on both sides.
#[must_use]
pub fn read(name: &str) -> Option<String> {
    value_in(&all()?, name).map(str::to_owned)
}

/// The value of the cookie of that name in a `Cookie` header.
#[must_use]
pub fn value_in<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(its, _)| *its == name).map(|(_, value)| value)
}

/// Keeps the cookie for a year. Without cookies in the browser it does nothing.
pub fn keep(name: &str, value: &str) {
    write(&format!("{name}={value}; Path=/; Max-Age={AGE}; SameSite=Lax"));
}

/// Deletes the cookie.
pub fn delete(name: &str) {
    write(&format!("{name}=; Path=/; Max-Age=0; SameSite=Lax"));
}

#[cfg(feature = "ssr")]
fn all() -> Option<String> {
    leptos::prelude::use_context::<client::api::ServerTransport>()?.cookie
}

#[cfg(all(feature = "hydrate", not(feature = "ssr")))]
fn all() -> Option<String> {
    html_document()?.cookie().ok()
}

#[cfg(not(any(feature = "ssr", feature = "hydrate")))]
const fn all() -> Option<String> {
    None
}

#[cfg(feature = "hydrate")]
fn write(cookie: &str) {
    if let Some(document) = html_document() {
        // It fails where the browser keeps no cookies.
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
