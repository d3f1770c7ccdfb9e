//! Two-factor authentication: the codes of an authenticator app, and recovery codes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::{InvalidText, Password, SerdeTextError, invalid};

/// The digits of an authenticator app's code.
const APP_DIGITS: usize = 6;

/// The characters of a recovery code, without the hyphens between them: 120 random bits in base32.
pub const RECOVERY_CHARACTERS: usize = 24;

/// A code that somebody typed. Spaces, hyphens and case don't matter. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Code {
    /// A code of an authenticator app.
    App(u32),
    /// A recovery code, in upper case and without hyphens.
    Recovery(String),
}

impl Code {
    /// Tells the two kinds of codes apart by their length.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let dense: String =
            text.chars().filter(|it| !it.is_whitespace() && *it != '-').take(64).collect();
        if dense.is_empty() {
            return Err(invalid("required", "Enter a code."));
        }
        let is_base32 = |it: char| it.is_ascii_alphabetic() || matches!(it, '2'..='7');
        if dense.len() == APP_DIGITS
            && dense.bytes().all(|it| it.is_ascii_digit())
            && let Ok(code) = dense.parse()
        {
            return Ok(Self::App(code));
        }
        if dense.len() == RECOVERY_CHARACTERS && dense.chars().all(is_base32) {
            return Ok(Self::Recovery(dense.to_ascii_uppercase()));
        }
        Err(invalid("invalid", "Enter the six digits that your app shows, or a recovery code."))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl TryFrom<String> for Code {
    type Error = SerdeTextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(SerdeTextError)
    }
}

/// `POST /auth/sign-in/code` and `POST /me/two-factor/confirm`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnterCode {
    /// The code.
    pub code: Code,
}

/// `POST /me/proof`. One of the fields is required: the code if the account has two-factor
/// authentication, the password otherwise.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prove {
    /// The account's password.
    #[serde(default)]
    pub password: Option<Password>,
    /// A code of the authenticator app, or a recovery code.
    #[serde(default)]
    pub code: Option<Code>,
}

/// `GET /me/two-factor`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TwoFactorView {
    /// Whether signing in asks for a code.
    pub enabled: bool,
    /// The number of recovery codes that weren't used.
    pub recovery_codes_left: i64,
    /// Whether the person has proved recently who they are. Changes are refused otherwise.
    pub proven: bool,
    /// The app that is being set up. Only for a person who has proved recently who they are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub setup: Option<AppSetup>,
}

/// The secret for an authenticator app, as text and as a QR code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppSetup {
    /// The secret in base32, in groups of four characters, for people who type it.
    pub secret: String,
    /// A QR code with the secret: the address (`data:`) of an SVG picture.
    pub qr_code: String,
}

impl fmt::Debug for AppSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSetup(…)")
    }
}

/// Recovery codes. Shown only once: the server stores their hashes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// The codes, in groups of four characters.
    pub recovery_codes: Vec<String>,
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        for text in ["123456", " 123 456 ", "123-456"] {
            assert_eq!(Code::parse(text), Ok(Code::App(123_456)));
        }
        assert_eq!(Code::parse("000042"), Ok(Code::App(42)));
        let recovery = "ABCDEFGHIJKLMNOPQRSTUVWX";
        for text in [recovery, "abcd-efgh-ijkl-mnop-qrst-uvwx"] {
            assert_eq!(Code::parse(text), Ok(Code::Recovery(recovery.to_owned())));
        }
        assert_eq!(Code::parse(" - ").unwrap_err().code, "required");
        for text in ["12345", "1234567", "12345a", "abcd-efgh-ijkl-mnop-qrst-uvw1", "１２３４５６"]
        {
            assert_eq!(Code::parse(text).unwrap_err().code, "invalid", "{text}");
        }
    }

    #[test]
    fn debug_output_hides_codes() {
        assert_eq!(format!("{:?}", Code::App(123_456)), "Code(…)");
    }
}
