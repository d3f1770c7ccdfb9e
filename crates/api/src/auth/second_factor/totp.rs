//! Time-based one-time passwords (RFC 6238) with what every authenticator app supports: HMAC-SHA-1, six
//! digits, steps of 30 seconds.

use std::fmt;

use contract::{Email, Timestamp};
use data_encoding::BASE32_NOPAD;
use form_urlencoded::byte_serialize;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The length of a secret in bytes: that of the hash (RFC 4226, section 4, R6).
const SECRET_LENGTH: usize = 20;

/// The length of a time step in seconds.
const STEP_SECONDS: i64 = 30;

/// How many steps a code may be early or late, because the clocks of phones differ (RFC 6238, section 5.2).
const TOLERANCE: i64 = 1;

/// The name of the service, which apps show beside the code.
const ISSUER: &str = "Tributary";

/// The secret that an app and the server share (RFC 6238). `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; SECRET_LENGTH]);

impl Secret {
    /// Generates a secret.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; SECRET_LENGTH];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads a stored secret. `None` if it has another length.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the secret in base32, as apps expect it.
    #[must_use]
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// Returns the address in a QR code
    /// (<https://github.com/google/google-authenticator/wiki/Key-Uri-Format>).
    #[must_use]
    pub fn uri(&self, email: &Email) -> String {
        // Apps show a plus sign as it is.
        let email =
            byte_serialize(email.as_str().as_bytes()).collect::<String>().replace('+', "%20");
        format!("otpauth://totp/{ISSUER}:{email}?secret={}&issuer={ISSUER}", self.base32())
    }

    /// Returns the step near `now` with that code. `None` if there is none.
    #[must_use]
    pub fn matching_step(&self, code: u32, now: i64) -> Option<i64> {
        (now - TOLERANCE..=now + TOLERANCE).find(|step| self.code_at(*step) == code)
    }

    /// Returns the code of a step (RFC 4226, section 5.3).
    #[must_use]
    pub fn code_at(&self, step: i64) -> u32 {
        let mut mac =
            Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash[hash.len() - 1] & 0xf);
        let bytes = [hash[offset], hash[offset + 1], hash[offset + 2], hash[offset + 3]];
        (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Returns the time step of a time.
#[must_use]
pub fn step_at(time: Timestamp) -> i64 {
    time.inner().unix_timestamp().div_euclid(STEP_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::from_bytes(b"12345678901234567890").unwrap()
    }

    /// RFC 6238, appendix B, of which apps show the last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(secret().code_at(seconds / STEP_SECONDS), code, "at {seconds} s");
        }
    }

    #[test]
    fn codes_may_be_one_step_early_or_late() {
        let now = 1_000_000;
        for step in now - 1..=now + 1 {
            assert_eq!(secret().matching_step(secret().code_at(step), now), Some(step));
        }
        for step in [now - 2, now + 2] {
            assert_eq!(secret().matching_step(secret().code_at(step), now), None);
        }
    }

    #[test]
    fn address_names_issuer_account_and_secret() {
        let uri = secret().uri(&Email::parse("ada+x@example.com").unwrap());
        assert_eq!(
            uri,
            "otpauth://totp/Tributary:ada%2Bx%40example.com\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tributary"
        );
    }

    #[test]
    fn secrets_differ_and_are_hidden() {
        let generated = Secret::generate().unwrap();
        assert_ne!(generated, Secret::generate().unwrap());
        assert_eq!(format!("{generated:?}"), "Secret(…)");
        assert_eq!(Secret::from_bytes(b"short"), None);
    }
}
