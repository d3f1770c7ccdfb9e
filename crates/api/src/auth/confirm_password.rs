//! Asks for the password again before sensitive changes, which protects accounts on unattended devices.

use super::account;
use super::password::{self, Verdict};
use crate::Api;
use crate::error::ApiFailure;
use crate::security_log::{self, Event};
use contract::{FieldProblem, Password, UserId};

/// Checks the user's password. `field` is the name of the request's field with the password.
///
/// # Errors
/// 422 for that field if the password is wrong, 429 after too many attempts.
pub async fn confirm_password(
    api: &Api,
    user_id: UserId,
    password: Password,
    field: &str,
) -> Result<(), ApiFailure> {
    api.limits.count_step_up(user_id)?;
    let stored = account::password_hash(&api.pool, user_id).await?;
    match password::verify(password, stored).await? {
        Verdict::Correct => Ok(()),
        Verdict::Incorrect => {
            security_log::record(Event::PasswordRefused(user_id));
            let message = "Incorrect password.".to_owned();
            Err(ApiFailure::field(field, FieldProblem { code: "wrong".to_owned(), message }))
        }
    }
}
