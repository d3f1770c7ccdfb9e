//! Refuses passwords that are quick to guess.
//!
//! There are no rules of composition (NIST SP 800-63B-4, 3.1.1.2). A password is refused when it is in a
//! list of leaked passwords, or when zxcvbn estimates fewer than [`MIN_GUESSES`] guesses, which include
//! the person's own name and address and the product's name.
//!
//! `password_policy/common_passwords.txt` has the passwords of at least eight characters from the list
//! `common-passwords.txt.gz` of Django 5.2.19 (BSD-3-Clause, `password_policy/LICENSE`), which Royce
//! Williams compiled from leaks by frequency.

use std::collections::HashSet;
use std::sync::LazyLock;

use contract::{FieldProblem, Password};

use crate::error::ApiFailure;

/// A password that takes fewer guesses falls to an attack over the network despite limits.
const MIN_GUESSES: u64 = 1_000_000;

static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("password_policy/common_passwords.txt").lines().collect());

/// Checks a chosen password. `field` is its name in the request, `personal` what an attacker knows of the
/// person.
///
/// # Errors
/// 422 for that field if the password is quick to guess.
pub async fn require_hard_to_guess(
    password: &Password,
    field: &str,
    personal: &[&str],
) -> Result<(), ApiFailure> {
    let password = password.reveal().to_owned();
    let personal: Vec<String> = personal.iter().map(|&text| text.to_owned()).collect();
    // The estimate takes milliseconds for a long password.
    let checked = tokio::task::spawn_blocking(move || is_quick_to_guess(&password, &personal));
    match checked.await.map_err(ApiFailure::internal)? {
        false => Ok(()),
        true => {
            let message =
                "This password is easy to guess. Use a longer one, such as several words.";
            let problem =
                FieldProblem { code: "too_common".to_owned(), message: message.to_owned() };
            Err(ApiFailure::field(field, problem))
        }
    }
}

fn is_quick_to_guess(password: &str, personal: &[String]) -> bool {
    let lower = password.to_lowercase();
    if COMMON.contains(lower.as_str()) {
        return true;
    }
    // Parts of a name or address count like the whole.
    let mut known = vec!["tributary"];
    for text in personal {
        known.push(text);
        known.extend(text.split(|c: char| !c.is_alphanumeric()).filter(|part| part.len() > 2));
    }
    zxcvbn::zxcvbn(password, &known).guesses() < MIN_GUESSES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(password: &str) -> bool {
        is_quick_to_guess(password, &["Ada Lovelace".to_owned(), "ada.king@example.com".to_owned()])
    }

    #[test]
    fn common_passwords_are_refused() {
        for password in [
            "12345678",
            "password1",
            "PassWord1",
            "tributary1",
            "Tributary2026",
            "qwertyuiop",
            "iloveyou1",
            "aaaaaaaaaa",
            "lovelace1",
            "adalovelace",
        ] {
            assert!(is_refused(password), "{password}");
        }
    }

    #[test]
    fn passwords_without_digits_and_symbols_are_accepted_when_they_are_hard_to_guess() {
        for password in
            ["correct horse battery", "another horse battery", "gnvqkzpw", "塔里木河流域水位记录"]
        {
            assert!(!is_refused(password), "{password}");
        }
    }

    #[test]
    fn list_has_only_passwords_that_the_type_accepts() {
        assert!(COMMON.len() > 8_000);
        for password in COMMON.iter() {
            assert!(Password::parse(password).is_ok(), "{password}");
            assert_eq!(*password, password.to_lowercase());
        }
    }
}
