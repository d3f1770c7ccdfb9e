//! What an organization says about itself.

use super::{Description, InvalidText, invalid};

impl Description {
    /// Keeps the text as it was typed, without the outer white space.
    ///
    /// # Errors
    /// When it is too long, or has controls other than line breaks and tabs.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.chars().count() > 500 {
            return Err(invalid("too_long", "Use at most 500 characters."));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let message = "Remove control characters other than line breaks and tabs.";
            return Err(invalid("invalid", message));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_may_be_empty_and_have_lines() {
        for text in ["", "We measure rivers.\nSince 1911."] {
            assert_eq!(Description::parse(text).unwrap().as_str(), text);
        }
        assert!(Description::parse(" \n").unwrap().is_empty());
    }

    #[test]
    fn a_description_has_at_most_500_characters_without_controls() {
        assert!(Description::parse(&"ü".repeat(500)).is_ok());
        assert_eq!(Description::parse(&"ü".repeat(501)).unwrap_err().code, "too_long");
        assert_eq!(Description::parse("a\u{0}b").unwrap_err().code, "invalid");
    }
}
