//! Addresses of pages, and the one that a visitor wanted before signing in.

use form_urlencoded::Serializer;
use leptos::prelude::window;
use leptos_router::params::ParamsMap;

use contract::Slug;

/// The first page of the signed-in.
pub const HOME: &str = "/home";

/// The signed-in person's own account.
pub const ACCOUNT: &str = "/account";

/// How the machines are doing, for system admins.
pub const SYSTEM: &str = "/system";

/// An organization; its pages are below.
#[must_use]
pub fn organization(slug: &Slug) -> String {
    format!("/o/{slug}")
}

/// The page to sign in, which leads on to `next`.
#[must_use]
pub fn sign_in(next: &str) -> String {
    with_query("/sign-in", &[("next", next)])
}

/// The page to create an account, which leads on to `next`.
#[must_use]
pub fn sign_up(next: &str) -> String {
    with_query("/sign-up", &[("next", next)])
}

/// What an invitation's link leads to. A token is of letters and digits.
#[must_use]
pub fn invitation(token: &str) -> String {
    format!("/invitations/{token}")
}

/// A page with a query. Escaped the same way on both sides, unlike with the router's own means.
#[must_use]
pub fn with_query(page: &str, pairs: &[(&str, &str)]) -> String {
    format!("{page}?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// Loads a page from the server, so that it is rendered for whoever is signed in now.
pub fn load(path: &str) {
    // It only fails for an address that can't be read; ours can.
    drop(window().location().set_href(path));
}

/// Where the address says to go next: only to a page of this site.
#[must_use]
pub fn next(query: &ParamsMap) -> Option<String> {
    query.get_str("next").filter(|next| is_local(next)).map(str::to_owned)
}

fn is_local(path: &str) -> bool {
    // Browsers read a backslash as a slash, and drop tabs and line breaks.
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && path.starts_with('/') && !path.starts_with("//")
}

/// The same page of an organization under another slug.
#[must_use]
pub fn with_slug(path: &str, slug: &Slug) -> String {
    let page = path.splitn(4, '/').nth(3).unwrap_or("members");
    format!("/o/{slug}/{page}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_this_site_comes_next() {
        assert!(is_local("/o/north-wind/members?q=a"));
        for path in ["//evil.example", "/\\evil.example", "https://evil.example", "home", "/\t/x"] {
            assert!(!is_local(path), "{path:?}");
        }
    }

    #[test]
    fn another_slug_leads_to_the_same_page() {
        let slug = Slug::parse("south").unwrap();
        assert_eq!(with_slug("/o/north/settings", &slug), "/o/south/settings");
        assert_eq!(with_slug("/o/north/notes/7", &slug), "/o/south/notes/7");
        assert_eq!(with_slug("/o/north", &slug), "/o/south/members");
    }
}
