//! Hashing passwords with Argon2id, which takes time and memory on purpose.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use contract::Password;
use tokio::sync::Semaphore;
use tokio::task::JoinError;

/// Each hash takes 19 MiB, so a burst of sign-ins waits for its turn.
static TURNS: Semaphore = Semaphore::const_new(4);

/// What is verified when nobody has that address: takes as long as a real hash, and no password
/// fits, as nobody knows the one it was made of.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let secret = uuid::Uuid::new_v4();
    hash_now(secret.as_bytes()).expect("the default parameters are valid")
});

/// Why a password couldn't be hashed. Never the password's fault.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The stored hash is damaged, or the system has no randomness.
    #[error("Argon2 failed: {0}")]
    Argon2(#[from] password_hash::Error),
    /// The stored hash isn't one.
    #[error("a stored password hash is damaged: {0}")]
    Damaged(#[from] password_hash::phc::Error),
    /// The runtime is being stopped.
    #[error("hashing was interrupted: {0}")]
    Interrupted(#[from] JoinError),
}

/// Whether the password is the account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It isn't, or there is no such account.
    Wrong,
}

/// The hash to be stored, with its parameters and its salt in it (PHC format).
///
/// # Errors
/// When the system has no randomness, or the runtime stops.
pub async fn hash(password: Password) -> Result<String, PasswordError> {
    in_turn(move || Ok(hash_now(password.reveal().as_bytes())?)).await
}

/// Compares with the stored hash. Without one, it takes the same time to say no.
///
/// # Errors
/// When the stored hash is damaged, or the runtime stops.
pub async fn verify(password: Password, stored: Option<String>) -> Result<Verdict, PasswordError> {
    in_turn(move || {
        let stored = stored.as_deref().unwrap_or(&NOBODYS);
        let stored = password_hash::phc::PasswordHash::new(stored)?;
        match Argon2::default().verify_password(password.reveal().as_bytes(), &stored) {
            Ok(()) => Ok(Verdict::Right),
            Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

fn hash_now(password: &[u8]) -> Result<String, password_hash::Error> {
    Ok(Argon2::default().hash_password(password)?.to_string())
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
) -> Result<T, PasswordError> {
    let turn = TURNS.acquire().await.expect("nobody closes the semaphore");
    // The turn goes with the work: that goes on when nobody waits for it any more.
    let work = move || {
        let outcome = work();
        drop(turn);
        outcome
    };
    tokio::task::spawn_blocking(work).await?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let stored = hash(password("correct horse")).await.unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        let verdict = verify(password("correct horse"), Some(stored.clone())).await.unwrap();
        assert_eq!(verdict, Verdict::Right);
        let verdict = verify(password("Correct horse"), Some(stored)).await.unwrap();
        assert_eq!(verdict, Verdict::Wrong);
    }

    #[tokio::test]
    async fn nobodys_hash_costs_what_a_real_one_costs() {
        let stored = hash(password("correct horse")).await.unwrap();
        let parameters = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(parameters(&NOBODYS), parameters(&stored));
        assert_eq!(verify(password("correct horse"), None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_not_a_wrong_password() {
        assert!(verify(password("correct horse"), Some("$argon2id$".to_owned())).await.is_err());
    }
}
