//! Names of people and organizations.

use super::{InvalidText, invalid, line};

text! {
    /// The name of a person or an organization: 1 to 100 characters, none of which is hidden or turns the
    /// writing direction.
    Name
}

impl Name {
    /// Trims the text and checks it.
    ///
    /// # Errors
    /// When the text is empty, too long, or has control, hidden or bidirectional formatting characters.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid("required", "Enter a name."));
        }
        if text.chars().count() > 100 {
            return Err(invalid("too_long", "Use at most 100 characters."));
        }
        line::check_characters(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Returns the initials of the first and the last word, for avatars without a picture.
    #[must_use]
    pub fn initials(&self) -> String {
        let mut words = self.0.split_whitespace().filter_map(|word| word.chars().next());
        words.next().into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_keeps_its_characters_but_has_no_control_characters() {
        assert_eq!(Name::parse("  Zoë 日本 ").unwrap().as_str(), "Zoë 日本");
        for text in ["a\nb", "a\u{0}b", "a\u{2028}b", "a\u{202E}b"] {
            assert_eq!(Name::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(Name::parse("Ada King Lovelace").unwrap().initials(), "AL");
        assert_eq!(Name::parse("ada").unwrap().initials(), "A");
    }

    #[test]
    fn initial_may_be_more_than_one_character() {
        for (name, initials) in
            [("é", "É"), ("ß", "SS"), ("ΐ", "\u{399}\u{308}\u{301}"), ("7", "7")]
        {
            assert_eq!(Name::parse(name).unwrap().initials(), initials);
        }
    }
}
