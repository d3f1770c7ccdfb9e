//! The addresses of the pages: paths, the tabs of an organization, and the `next` parameter.

use form_urlencoded::Serializer;
use leptos::prelude::window;
use leptos_router::params::ParamsMap;

use client::api::auth::NextStep;
use contract::{Capability, Slug};

/// The first page after signing in.
pub const HOME: &str = "/home";

/// The account page.
pub const ACCOUNT: &str = "/account";

/// The settings of two-factor authentication.
pub const TWO_FACTOR: &str = "/account/two-factor";

/// The ways to sign in.
pub const SIGN_IN_METHODS: &str = "/account/sign-in-methods";

/// Says that a message is on its way.
pub const CHECK_MAIL: &str = "/check-mail";

/// Says that an address is confirmed.
pub const EMAIL_CONFIRMED: &str = "/email-confirmed";

/// The system page, for system admins.
pub const SYSTEM: &str = "/system";

/// A page of an organization, in the order of the tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Its members and pending invitations.
    Members,
    /// Its notes.
    Notes,
    /// Its audit log.
    Activity,
    /// Its name, URL, colour, description and picture.
    Settings,
}

impl Tab {
    /// All tabs, in order.
    pub const ALL: &[Self] = &[Self::Members, Self::Notes, Self::Activity, Self::Settings];

    /// Returns the text of the tab.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Members => "Members",
            Self::Notes => "Notes",
            Self::Activity => "Activity",
            Self::Settings => "Settings",
        }
    }

    /// Returns the capability without which the tab isn't shown.
    #[must_use]
    pub const fn required_capability(self) -> Capability {
        match self {
            Self::Settings => Capability::UpdateOrganization,
            _ => Capability::ReadOrganization,
        }
    }

    /// Returns its address in that organization: `/o/{slug}/{segment}`.
    #[must_use]
    pub fn path(self, slug: &Slug) -> String {
        format!("{}/{}", organization_path(slug), self.segment())
    }

    /// Returns the tab with that last segment of the address.
    #[must_use]
    pub fn from_segment(segment: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|tab| tab.segment() == segment)
    }

    fn segment(self) -> String {
        self.label().to_ascii_lowercase().replace(' ', "-")
    }
}

/// `/o/{slug}`, below which the pages of the organization are.
#[must_use]
pub fn organization_path(slug: &Slug) -> String {
    format!("/o/{slug}")
}

/// Returns the sign-in page, which continues to `next`.
#[must_use]
pub fn sign_in_path(next: &str) -> String {
    with_query("/sign-in", &[("next", next)])
}

/// Returns the sign-up page, which continues to `next`.
#[must_use]
pub fn sign_up_path(next: &str) -> String {
    with_query("/sign-up", &[("next", next)])
}

/// Returns the page of the second step of a sign-in, which continues to `next`.
#[must_use]
pub fn sign_in_code_path(next: &str) -> String {
    with_query("/sign-in/code", &[("next", next)])
}

/// Returns the way to the OpenID provider, which continues to `next`.
#[must_use]
pub fn provider_path(next: Option<&str>) -> String {
    match next {
        Some(next) => with_query("/auth/oidc", &[("next", next)]),
        None => "/auth/oidc".to_owned(),
    }
}

/// Returns the way to the OpenID provider to link it to the account.
#[must_use]
pub fn provider_link_path() -> String {
    with_query("/auth/oidc/link", &[("next", SIGN_IN_METHODS)])
}

/// Returns the way to the OpenID provider to prove who one is, which continues to `next`.
#[must_use]
pub fn provider_confirm_path(next: &str) -> String {
    with_query("/auth/oidc/confirm", &[("next", next)])
}

/// Returns the page on which the person proves who they are, which continues to `next`.
#[must_use]
pub fn confirm_path(next: &str) -> String {
    with_query("/confirm", &[("next", next)])
}

/// Loads the page that follows a step of a sign-in.
pub fn load_after_sign_in(step: NextStep, next: &str) {
    match step {
        NextStep::SignedIn => load_page(next),
        NextStep::EnterCode => load_page(&sign_in_code_path(next)),
    }
}

/// Returns the page of an invitation link. A token consists of letters and digits, so it needs no
/// escaping.
#[must_use]
pub fn invitation_path(token: &str) -> String {
    format!("/invitations/{token}")
}

/// Appends a query. It escapes the same way on the server and in the browser; the router's own
/// functions don't, which would make hydration differ.
#[must_use]
pub fn with_query(page: &str, pairs: &[(&str, &str)]) -> String {
    format!("{page}?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// Loads a page from the server, so that it is rendered for the current session.
pub fn load_page(path: &str) {
    // It only fails for a malformed address; ours are well-formed.
    drop(window().location().set_href(path));
}

/// Returns the page in the `next` parameter, if it is a page of this site (otherwise the parameter
/// would be an open redirect).
#[must_use]
pub fn next_path(query: &ParamsMap) -> Option<String> {
    query.get_str("next").filter(|next| is_local(next)).map(str::to_owned)
}

fn is_local(path: &str) -> bool {
    // Browsers read a backslash as a slash, and drop tabs and line breaks.
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && path.starts_with('/') && !path.starts_with("//")
}

/// Returns the same page of an organization under another slug; the members page for `/o/{slug}`.
#[must_use]
pub fn replace_slug(path: &str, slug: &Slug) -> String {
    let page = path.splitn(4, '/').nth(3).unwrap_or("members");
    format!("/o/{slug}/{page}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_must_be_a_page_of_this_site() {
        assert!(is_local("/o/north-wind/members?q=a"));
        for path in ["//evil.example", "/\\evil.example", "https://evil.example", "home", "/\t/x"] {
            assert!(!is_local(path), "{path:?}");
        }
    }

    #[test]
    fn replacing_the_slug_keeps_the_page() {
        let slug = Slug::parse("south").unwrap();
        assert_eq!(replace_slug("/o/north/settings", &slug), "/o/south/settings");
        assert_eq!(replace_slug("/o/north/notes/7", &slug), "/o/south/notes/7");
        assert_eq!(replace_slug("/o/north", &slug), "/o/south/members");
    }

    #[test]
    fn every_tab_is_found_by_its_path() {
        let slug = Slug::parse("north-wind").unwrap();
        assert_eq!(Tab::Notes.path(&slug), "/o/north-wind/notes");
        for &tab in Tab::ALL {
            let path = tab.path(&slug);
            assert_eq!(path.rsplit('/').next().and_then(Tab::from_segment), Some(tab));
        }
        assert_eq!(Tab::from_segment("plans"), None);
    }
}
