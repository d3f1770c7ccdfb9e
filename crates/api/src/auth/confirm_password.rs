//! Asks for the password again before sensitive changes, which protects accounts on unattended devices.

use contract::{FieldProblem, Password, UserId};
use sqlx::PgPool;

use super::account;
use super::password::{self, Verdict};
use crate::error::ApiFailure;

/// Checks the user's password. `field` is the name of the request's field with the password.
///
/// # Errors
/// 422 for that field if the password is wrong.
pub async fn confirm_password(
    pool: &PgPool,
    user_id: UserId,
    password: Password,
    field: &str,
) -> Result<(), ApiFailure> {
    let stored = account::password_hash(pool, user_id).await?;
    match password::verify(password, stored).await.map_err(ApiFailure::internal)? {
        Verdict::Correct => Ok(()),
        Verdict::Incorrect => {
            let message = "Incorrect password.".to_owned();
            Err(ApiFailure::field(field, FieldProblem { code: "wrong".to_owned(), message }))
        }
    }
}
