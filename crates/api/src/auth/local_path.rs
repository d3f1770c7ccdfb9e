//! Where to go next, when a form says so.

use std::fmt;

/// A path on this site. Nothing that a browser could take for another site's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Where the signed-in go by default.
    #[must_use]
    pub fn home() -> Self {
        Self("/home".to_owned())
    }

    /// None when the text could lead elsewhere, or can't stand in a header.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Browsers read a backslash as a slash, and drop tabs and line breaks.
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let local = text.starts_with('/') && !text.starts_with("//");
        (plain && local).then(|| Self(text.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_site_are_taken() {
        for path in ["/", "/home", "/o/north-wind/members?q=a%20b#top"] {
            assert_eq!(LocalPath::parse(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn nothing_leads_to_another_site() {
        for text in [
            "",
            "home",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            " /home",
            "/höme",
        ] {
            assert_eq!(LocalPath::parse(text), None, "{text:?}");
        }
    }
}
