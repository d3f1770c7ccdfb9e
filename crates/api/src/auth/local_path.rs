//! The destination of a redirect after a form.

use std::fmt;

/// A path on this site. No browser takes it for the URL of another site (open redirect, CWE-601).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Returns the default destination of a signed-in user.
    #[must_use]
    pub fn home() -> Self {
        Self("/home".to_owned())
    }

    /// Parses the text. `None` if it could lead to another site or isn't valid in a header.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Browsers treat a backslash as a slash and remove tabs and line breaks (WHATWG URL 4.4).
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let local = text.starts_with('/') && !text.starts_with("//");
        (plain && local).then(|| Self(text.to_owned()))
    }

    /// Returns the path as a string slice.
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
    fn local_paths_are_accepted() {
        for path in ["/", "/home", "/o/north-wind/members?q=a%20b#top"] {
            assert_eq!(LocalPath::parse(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn other_sites_are_refused() {
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
