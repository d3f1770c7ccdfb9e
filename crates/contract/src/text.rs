//! Text that people type, parsed once at the edge. Browser and server use the same rules.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text was refused. `message` is a sentence for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidText {
    /// Stable, for programs: `required`, `too_long`, `too_short`, `invalid`, `reserved`.
    pub code: &'static str,
    /// For people.
    pub message: &'static str,
}

/// The same, for serde, which hands on nothing but a message: it carries the code along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} ({})", .0.message, .0.code)]
pub struct Refused(pub InvalidText);

impl Refused {
    /// Sentence and code of a message that is a refusal's.
    #[must_use]
    pub fn read(message: &str) -> Option<(&str, &str)> {
        message.strip_suffix(')')?.rsplit_once(" (")
    }
}

pub(super) const fn invalid(code: &'static str, message: &'static str) -> InvalidText {
    InvalidText { code, message }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::Refused;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).map_err($crate::text::Refused)
            }
        }
    };
}
pub(super) use text;

text! {
    /// An e-mail address, lowercase: addresses are compared without regard to case.
    Email
}
text! {
    /// What an organization is called in addresses: 2 to 50 of `a-z`, `0-9` and inner `-`.
    Slug
}
text! {
    /// What a person or an organization is called: 1 to 100 characters, none of them a control.
    Name
}
text! {
    /// What an organization says about itself: at most 500 characters; empty when it says nothing.
    #[derive(Default)]
    Description
}

mod description;

/// The letters of a text in lower case, for comparing and searching without regard to case. The sigma
/// that ends a Greek word, ς, becomes σ like every other one.
pub fn case_folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter })
}

impl Email {
    /// # Errors
    /// When the text doesn't look like an address. Only a message sent there can tell more.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid("required", "Enter an email address."));
        }
        if text.len() > 254 {
            return Err(invalid("too_long", "Use at most 254 characters."));
        }
        const PROBLEM: InvalidText =
            invalid("invalid", "Enter an email address such as name@example.com.");
        let (local, domain) = text.rsplit_once('@').ok_or(PROBLEM)?;
        let local_is_plain = !local.is_empty()
            && local.len() <= 64
            && local.bytes().all(|b| b.is_ascii_graphic() && !b"\"(),:;<>@[\\]".contains(&b));
        let domain_is_plain = domain.contains('.')
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if local_is_plain && domain_is_plain {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(PROBLEM)
        }
    }
}

impl Slug {
    /// # Errors
    /// When the text is too short, too long or has other characters.
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

    /// The slug that a name suggests; none when nothing of the name can be used.
    #[must_use]
    pub fn suggested_by(name: &str) -> Option<Self> {
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

impl Name {
    /// # Errors
    /// When nothing is left without the outer white space, or it is too long, or it has controls.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid("required", "Enter a name."));
        }
        if text.chars().count() > 100 {
            return Err(invalid("too_long", "Use at most 100 characters."));
        }
        // Bidirectional controls and separators could make a name look like another one.
        let unfit = |c: char| {
            c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        };
        if text.chars().any(unfit) {
            return Err(invalid(
                "invalid",
                "Remove control characters, such as tabs and line breaks.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// One or two letters that stand for the name where there is no picture, in the case that the name has
    /// them in. The style sheet shows capitals: Unicode's table of them is 5 KB of every page's wasm.
    #[must_use]
    pub fn initials(&self) -> String {
        let mut words = self.0.split_whitespace().filter_map(|word| word.chars().next());
        words.next().into_iter().chain(words.next_back()).collect()
    }
}

/// A password as typed: 8 to 128 characters (ASVS 6.2.1, 6.2.9). Never printed, never stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Password(String);

impl Password {
    /// # Errors
    /// When it is too short or too long.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        match text.chars().count() {
            0 => Err(invalid("required", "Enter a password.")),
            1..8 => Err(invalid("too_short", "Use at least 8 characters.")),
            8..=128 => Ok(Self(text.to_owned())),
            _ => Err(invalid("too_long", "Use at most 128 characters.")),
        }
    }

    /// The secret itself, to be hashed.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl From<Password> for String {
    fn from(password: Password) -> Self {
        password.0
    }
}

impl TryFrom<String> for Password {
    type Error = Refused;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_regard_to_case() {
        assert_eq!(Email::parse(" Ada@Example.COM "), Email::parse("ada@example.com"));
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in
            ["ada", "@example.com", "ada@", "ada@com", "a b@example.com", "a@-x.com", "a@x..com"]
        {
            assert_eq!(Email::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
        assert_eq!(Email::parse("  ").unwrap_err().code, "required");
    }

    #[test]
    fn a_slug_is_lowercase_letters_digits_and_inner_hyphens() {
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
    fn a_name_suggests_its_slug() {
        assert_eq!(Slug::suggested_by("North Wind & Sons!").unwrap().as_str(), "north-wind-sons");
        assert_eq!(Slug::suggested_by("日本"), None);
    }

    #[test]
    fn a_name_keeps_its_characters_but_has_no_controls() {
        assert_eq!(Name::parse("  Zoë 日本 ").unwrap().as_str(), "Zoë 日本");
        for text in ["a\nb", "a\u{0}b", "a\u{2028}b", "a\u{202E}b"] {
            assert_eq!(Name::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }

    #[test]
    fn initials_come_from_the_first_and_the_last_word() {
        assert_eq!(Name::parse("Ada King Lovelace").unwrap().initials(), "AL");
        assert_eq!(Name::parse("ada").unwrap().initials(), "a");
    }

    #[test]
    fn case_folding_ignores_case_and_the_final_sigma() {
        for (one, other) in [("Åsa", "åSA"), ("ΟΔΟΣ", "οδος"), ("İ", "i\u{307}"), ("", "")]
        {
            assert!(case_folded(one).eq(case_folded(other)), "{one} and {other}");
        }
        assert!(!case_folded("Ada").eq(case_folded("Ade")));
    }

    #[test]
    fn a_password_is_never_printed() {
        let password = Password::parse("correct horse").unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
    }
}
