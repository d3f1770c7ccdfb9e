//! Names of organizations in URLs.

use super::{InvalidText, case_folded, invalid};

text! {
    /// An organization's name in URLs: 2 to 50 of `a-z`, `0-9` and inner `-`.
    Slug
}

impl Slug {
    /// Trims the text and converts it to lower case.
    ///
    /// # Errors
    /// When the text is too short, too long, has other characters or is a UUID.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Err(invalid("required", "Enter a URL."));
        }
        if text.len() < 2 {
            return Err(invalid("too_short", "Use at least 2 characters."));
        }
        if text.len() > 50 {
            return Err(invalid("too_long", "Use at most 50 characters."));
        }
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !plain || text.starts_with('-') || text.ends_with('-') {
            return Err(invalid(
                "invalid",
                "Use only letters a to z, digits, and hyphens between them.",
            ));
        }
        if uuid::Uuid::try_parse(&text).is_ok() {
            return Err(invalid("reserved", "This URL is reserved. Choose a different one."));
        }
        Ok(Self(text))
    }

    /// Derives a slug from an organization's name. `None` if no character of the name can be used.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut text = String::new();
        for character in case_folded(name.trim()) {
            if character.is_ascii_alphanumeric() {
                text.push(character);
            } else if !text.is_empty() && !text.ends_with('-') {
                text.push('-');
            }
        }
        text.truncate(50);
        Self::parse(text.trim_end_matches('-')).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_has_lowercase_letters_digits_and_inner_hyphens() {
        assert_eq!(Slug::parse("North-Wind-2").unwrap().as_str(), "north-wind-2");
        for (text, code) in [
            ("a", "too_short"),
            ("-ab", "invalid"),
            ("ab-", "invalid"),
            ("a b", "invalid"),
            ("ümlaut", "invalid"),
        ] {
            assert_eq!(Slug::parse(text).unwrap_err().code, code, "{text:?}");
        }
        let id = "018f4c1e-7b1a-7000-8000-000000000000";
        assert_eq!(Slug::parse(id).unwrap_err().code, "reserved");
    }

    #[test]
    fn slug_is_derived_from_a_name() {
        assert_eq!(Slug::from_name("North Wind & Sons!").unwrap().as_str(), "north-wind-sons");
        assert_eq!(Slug::from_name("日本"), None);
    }
}
