//! Texts to search lists for.

use super::{InvalidText, invalid};

text! {
    /// A text to search a list for: at most 100 characters, without control characters; may be empty.
    #[derive(Default)]
    SearchText
}

impl SearchText {
    /// The maximum length in characters: that of a [`Name`](super::Name).
    pub const MAX_CHARACTERS: usize = 100;

    /// Trims the text and checks it.
    ///
    /// # Errors
    /// When the text is too long or has control characters, which no searched text contains.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(invalid("too_long", "Use at most 100 characters."));
        }
        if text.chars().any(char::is_control) {
            let message = "Remove control characters, such as tabs and line breaks.";
            return Err(invalid("invalid", message));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_text_is_short_and_has_no_control_characters() {
        assert_eq!(SearchText::parse(" Zoë ").unwrap().as_str(), "Zoë");
        assert_eq!(SearchText::parse("").unwrap(), SearchText::default());
        assert!(SearchText::parse(&"ü".repeat(100)).is_ok());
        assert_eq!(SearchText::parse(&"ü".repeat(101)).unwrap_err().code, "too_long");
        for text in ["a\u{0}b", "a\tb", "a\u{85}b"] {
            assert_eq!(SearchText::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }
}
