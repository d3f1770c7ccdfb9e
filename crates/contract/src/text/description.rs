//! Descriptions of organizations.

use super::{InvalidText, invalid};

text! {
    /// An organization's description: at most 500 characters; may be empty.
    #[derive(Default)]
    Description
}

impl Description {
    /// Trims the text and checks it. Inner line breaks stay as they are.
    ///
    /// # Errors
    /// When the text is too long or has control characters other than line breaks and tabs.
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

    /// Whether there is no description.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn description_may_be_empty_or_have_several_lines() {
        for text in ["", "We measure rivers.\nSince 1911."] {
            assert_eq!(Description::parse(text).unwrap().as_str(), text);
        }
        assert!(Description::parse(" \n").unwrap().is_empty());
    }

    #[test]
    fn long_descriptions_and_control_characters_are_refused() {
        assert!(Description::parse(&"ü".repeat(500)).is_ok());
        assert_eq!(Description::parse(&"ü".repeat(501)).unwrap_err().code, "too_long");
        assert_eq!(Description::parse("a\u{0}b").unwrap_err().code, "invalid");
    }
}
