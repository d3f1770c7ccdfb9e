//! Passwords as people type them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{InvalidText, SerdeTextError, invalid};

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

    /// Returns the password in clear, for hashing and verification.
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
    fn debug_output_hides_the_password() {
        let password = Password::parse("correct horse").unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
    }
}
