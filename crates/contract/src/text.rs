//! Validated texts. The browser and the server use the same rules.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidText {
    /// A stable code for programs: `required`, `too_long`, `too_short`, `invalid`, `reserved`.
    pub code: &'static str,
    /// A sentence for the person who typed the text.
    pub message: &'static str,
}

/// An [`InvalidText`] as an error of serde. Serde's errors carry only a message, so the code is
/// appended to it in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} ({})", .0.message, .0.code)]
pub struct SerdeTextError(pub InvalidText);

impl SerdeTextError {
    /// Splits the message of a serde error into sentence and code. `None` for other messages.
    #[must_use]
    pub fn parse(message: &str) -> Option<(&str, &str)> {
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
            /// The text as a string slice.
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
            type Error = $crate::text::SerdeTextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).map_err($crate::text::SerdeTextError)
            }
        }
    };
}
pub(super) use text;

text! {
    /// An email address, stored in lower case so that comparison ignores case, and with the ASCII
    /// spelling of an international domain (`xn--…`), as some browsers send that one and some the other.
    Email
}
text! {
    /// An organization's name in URLs: 2 to 50 of `a-z`, `0-9` and inner `-`.
    Slug
}
text! {
    /// The name of a person or an organization: 1 to 100 characters, none of which is hidden or turns the
    /// writing direction.
    Name
}
text! {
    /// What a list is searched for: at most 100 characters, without control characters; may be empty.
    #[derive(Default)]
    SearchText
}
text! {
    /// An organization's description: at most 500 characters; may be empty.
    #[derive(Default)]
    Description
}

mod description;
pub(crate) mod line;
mod search;

/// The characters of a text in lower case, for comparison and search that ignore case. The Greek
/// final sigma ς becomes σ.
pub fn case_folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter })
}

impl Email {
    /// Trims the text and converts it to lower case. The server also converts an international domain;
    /// in the browser, which sends the address to the server, it keeps its spelling.
    ///
    /// # Errors
    /// When the text doesn't have the form of an email address. Whether the mailbox exists isn't
    /// checked.
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
        let domain = ascii_domain(domain).ok_or(PROBLEM)?;
        let local_is_plain = !local.is_empty()
            && local.len() <= 64
            && local.bytes().all(|b| b.is_ascii_graphic() && !b"\"(),:;<>@[\\]".contains(&b));
        let domain_is_plain = domain.contains('.')
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || c == '-' || is_unconverted(c))
            });
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        if local_is_plain && domain_is_plain && address.len() <= 254 {
            Ok(Self(address))
        } else {
            Err(PROBLEM)
        }
    }
}

/// The domain in lower case and, on the server, in ASCII (IDNA, UTS 46). The tables for that are too
/// large for the browser.
fn ascii_domain(domain: &str) -> Option<String> {
    if domain.is_ascii() {
        return Some(domain.to_ascii_lowercase());
    }
    #[cfg(not(target_arch = "wasm32"))]
    return idna::domain_to_ascii_strict(domain).ok();
    #[cfg(target_arch = "wasm32")]
    Some(domain.to_lowercase())
}

/// Whether a letter of a domain is left for the server to convert.
fn is_unconverted(letter: char) -> bool {
    cfg!(target_arch = "wasm32") && !letter.is_ascii() && !letter.is_whitespace()
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

    /// The initials of the first and the last word, for avatars without a picture.
    #[must_use]
    pub fn initials(&self) -> String {
        let mut words = self.0.split_whitespace().filter_map(|word| word.chars().next());
        words.next().into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
    }
}

/// A password as typed: 8 to 128 characters (ASVS 6.2.1, 6.2.9). `Debug` hides it; only its hash is
/// stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Password(String);

impl Password {
    /// Checks the length in characters.
    ///
    /// # Errors
    /// When the text is too short or too long.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        match text.chars().count() {
            0 => Err(invalid("required", "Enter a password.")),
            1..8 => Err(invalid("too_short", "Use at least 8 characters.")),
            8..=128 => Ok(Self(text.to_owned())),
            _ => Err(invalid("too_long", "Use at most 128 characters.")),
        }
    }

    /// The password in clear, for hashing and verification.
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
    type Error = SerdeTextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(SerdeTextError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_comparison_ignores_case() {
        assert_eq!(Email::parse(" Ada@Example.COM "), Email::parse("ada@example.com"));
    }

    #[test]
    fn email_with_an_international_domain_has_one_spelling() {
        let ascii = Email::parse("ada@xn--bcher-kva.example").unwrap();
        for text in ["Ada@bücher.example", "ada@BÜCHER.example", "ada@bu\u{308}cher。example"] {
            assert_eq!(Email::parse(text).unwrap(), ascii, "{text:?}");
        }
        for text in ["ada@bü cher.example", "ada@bücher", "ada@-ü.example", "ädä@example.com"]
        {
            assert_eq!(Email::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }

    #[test]
    fn malformed_email_is_refused() {
        for text in
            ["ada", "@example.com", "ada@", "ada@com", "a b@example.com", "a@-x.com", "a@x..com"]
        {
            assert_eq!(Email::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
        assert_eq!(Email::parse("  ").unwrap_err().code, "required");
    }

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

    #[test]
    fn case_folding_ignores_case_and_the_final_sigma() {
        for (one, other) in [("Åsa", "åSA"), ("ΟΔΟΣ", "οδος"), ("İ", "i\u{307}"), ("", "")]
        {
            assert!(case_folded(one).eq(case_folded(other)), "{one} and {other}");
        }
        assert!(!case_folded("Ada").eq(case_folded("Ade")));
    }

    #[test]
    fn debug_output_hides_the_password() {
        let password = Password::parse("correct horse").unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
    }
}
