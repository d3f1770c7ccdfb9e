//! The theme: light, dark, or the system's.
//!
//! It is in a cookie, so that the server renders it into the page and the first paint has the right
//! colours. It belongs to the browser, not to the account.

#[cfg(feature = "hydrate")]
mod channel;
mod context;

use leptos::prelude::*;

use crate::cookies;

pub use self::context::ThemeContext;

/// The name of the cookie.
const COOKIE: &str = "tributary_theme";

/// A theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The system's theme.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// All themes, in the order of the list.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Returns the value in the page (`data-theme`) and in the cookie; none for the system's theme.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// Returns the name on the account page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// Returns the `color-scheme` of the page, for scroll bars and form controls.
    #[must_use]
    pub const fn color_scheme(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns the theme in a `Cookie` header; the system's if there is none or an invalid one.
    #[must_use]
    pub fn from_cookie_header(header: &str) -> Self {
        Self::from_name(cookies::value_in_header(header, COOKIE))
    }

    /// Returns the theme of that name; the system's for none or an invalid one.
    fn from_name(name: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }

    /// Returns the theme of this browser's cookie, on the server and in the browser.
    #[must_use]
    pub fn from_cookie() -> Self {
        Self::from_name(cookies::get(COOKIE).as_deref())
    }

    /// Applies it to the document.
    fn apply(self) {
        if let Some(root) = document().document_element() {
            // They only fail for invalid names.
            match self.name() {
                Some(name) => drop(root.set_attribute("data-theme", name)),
                None => drop(root.remove_attribute("data-theme")),
            }
        }
    }

    /// Saves it for a year. Without cookies in the browser, it lasts as long as the page.
    fn save(self) {
        match self.name() {
            Some(name) => cookies::set(COOKIE, name),
            None => cookies::delete(COOKIE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theme_is_read_from_the_header_and_invalid_ones_are_the_systems() {
        for (cookies, theme) in [
            ("", Theme::System),
            ("tributary_theme=dark", Theme::Dark),
            ("a=b; tributary_theme=light; c=d", Theme::Light),
            ("not_tributary_theme=dark", Theme::System),
            ("tributary_theme=", Theme::System),
            ("tributary_theme=\"><script>", Theme::System),
        ] {
            assert_eq!(Theme::from_cookie_header(cookies), theme, "{cookies}");
        }
    }
}
