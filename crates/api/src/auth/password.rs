//! Hashes and verifies passwords with Argon2id, which takes time and memory by design.

use std::sync::LazyLock;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use contract::Password;

use crate::blocking_gate::{BlockingGate, GateError, half_of_the_processors};

/// How long a sign-in waits for others before it is refused with 503.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Each hash takes 19 MiB and a processor for tens of milliseconds.
static HASHES: LazyLock<BlockingGate> =
    LazyLock::new(|| BlockingGate::new(half_of_the_processors(), MAX_WAIT));

/// The hash of a random password. It is verified when an email address has no account, so that the
/// response takes the same time with and without an account.
static DUMMY_HASH: LazyLock<String> = LazyLock::new(|| {
    let secret = uuid::Uuid::new_v4();
    hash_blocking(secret.as_bytes()).expect("the default parameters are valid")
});

/// Why a password couldn't be hashed or verified. A wrong password isn't an error.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The stored hash is damaged, or the system has no randomness.
    #[error("Argon2 failed: {0}")]
    Argon2(#[from] password_hash::Error),
    /// The stored hash isn't a PHC string.
    #[error("a stored password hash is damaged: {0}")]
    Damaged(#[from] password_hash::phc::Error),
    /// Too many passwords are hashed at present, or the runtime is shutting down.
    #[error("a password can't be hashed: {0}")]
    Gate(#[from] GateError),
}

/// The result of [`verify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is the account's.
    Correct,
    /// The password isn't the account's, or there is no account.
    Incorrect,
}

/// Hashes the password. Returns a PHC string, which includes the parameters and the salt.
///
/// # Errors
/// When too many others wait, the system has no randomness, or the runtime shuts down.
pub async fn hash(password: Password) -> Result<String, PasswordError> {
    Ok(HASHES.run(move || hash_blocking(password.reveal().as_bytes())).await??)
}

/// Compares the password with the stored hash. Without a hash it takes the same time and returns
/// [`Verdict::Incorrect`].
///
/// # Errors
/// When too many others wait, the stored hash is damaged, or the runtime shuts down.
pub async fn verify(password: Password, stored: Option<String>) -> Result<Verdict, PasswordError> {
    HASHES.run(move || verify_blocking(&password, stored.as_deref())).await?
}

fn verify_blocking(password: &Password, stored: Option<&str>) -> Result<Verdict, PasswordError> {
    let stored = password_hash::phc::PasswordHash::new(stored.unwrap_or(&DUMMY_HASH))?;
    match Argon2::default().verify_password(password.reveal().as_bytes(), &stored) {
        Ok(()) => Ok(Verdict::Correct),
        Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Incorrect),
        Err(error) => Err(error.into()),
    }
}

/// Whether the hash was made with other parameters than new ones.
#[must_use]
pub fn needs_rehash(stored: &str) -> bool {
    parameters(stored) != parameters(&DUMMY_HASH)
}

/// Returns everything before the salt.
fn parameters(hash: &str) -> Option<&str> {
    hash.rsplitn(3, '$').last()
}

/// Makes the hash that stands in for those of unknown addresses, so that the first of them doesn't take
/// longer than the others.
pub fn warm_up() {
    LazyLock::force(&DUMMY_HASH);
}

fn hash_blocking(password: &[u8]) -> Result<String, password_hash::Error> {
    Ok(Argon2::default().hash_password(password)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[tokio::test]
    async fn only_the_exact_password_is_correct() {
        let stored = hash(password("correct horse")).await.unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        let verdict = verify(password("correct horse"), Some(stored.clone())).await.unwrap();
        assert_eq!(verdict, Verdict::Correct);
        let verdict = verify(password("Correct horse"), Some(stored)).await.unwrap();
        assert_eq!(verdict, Verdict::Incorrect);
    }

    #[tokio::test]
    async fn dummy_hash_has_the_same_cost_as_a_real_one() {
        let stored = hash(password("correct horse")).await.unwrap();
        assert_eq!(parameters(&DUMMY_HASH), parameters(&stored));
        assert_eq!(verify(password("correct horse"), None).await.unwrap(), Verdict::Incorrect);
        assert!(!needs_rehash(&stored));
        assert!(needs_rehash(&stored.replace("t=2", "t=1")));
    }

    #[tokio::test]
    async fn damaged_hash_is_an_error() {
        assert!(verify(password("correct horse"), Some("$argon2id$".to_owned())).await.is_err());
    }
}
