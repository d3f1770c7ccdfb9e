//! Light or dark, as this browser's person wants it.
//!
//! Kept in a cookie, so that the server writes it into the page: the first paint has it already.
//! It says nothing about who somebody is, and belongs to the browser rather than to the account.

mod chosen;
#[cfg(feature = "hydrate")]
mod tabs;

use leptos::prelude::*;

use crate::cookies;

pub use self::chosen::ChosenTheme;

/// The cookie that keeps it.
const COOKIE: &str = "tributary_theme";

/// Which colours the pages have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those of the system.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As it is written into the page and into the cookie; none for the system's.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// What the page tells the browser, for what the browser itself draws.
    #[must_use]
    pub const fn color_scheme(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The one that a `Cookie` header holds; the system's where it holds none, or nonsense.
    #[must_use]
    pub fn in_cookies(header: &str) -> Self {
        Self::of_name(cookies::value_in(header, COOKIE))
    }

    /// The one of that name; the system's for none, or nonsense.
    fn of_name(name: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }

    /// The one of this browser, on both sides.
    #[must_use]
    pub fn of_browser() -> Self {
        Self::of_name(cookies::read(COOKIE).as_deref())
    }

    /// Gives the page its colours.
    fn show(self) {
        if let Some(root) = document().document_element() {
            // They only fail for names that can't be an attribute's.
            match self.name() {
                Some(name) => drop(root.set_attribute("data-theme", name)),
                None => drop(root.remove_attribute("data-theme")),
            }
        }
    }

    /// Keeps it for a year. Where the browser keeps no cookies, it lasts as long as the page.
    fn keep(self) {
        match self.name() {
            Some(name) => cookies::keep(COOKIE, name),
            None => cookies::delete(COOKIE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_nonsense_is_the_systems() {
        for (cookies, theme) in [
            ("", Theme::System),
            ("tributary_theme=dark", Theme::Dark),
            ("a=b; tributary_theme=light; c=d", Theme::Light),
            ("not_tributary_theme=dark", Theme::System),
            ("tributary_theme=", Theme::System),
            ("tributary_theme=\"><script>", Theme::System),
        ] {
            assert_eq!(Theme::in_cookies(cookies), theme, "{cookies}");
        }
    }
}
