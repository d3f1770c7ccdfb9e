//! Proving once more who one is, for what must not be done by whoever finds a browser signed in.

use contract::{FieldProblem, Password, UserId};
use sqlx::PgPool;

use super::account;
use super::password::{self, Verdict};
use crate::error::ApiFailure;

/// Goes on only if the password is the user's. `field` is where it was typed.
///
/// # Errors
/// 422 at that field when it is another one.
pub async fn require(
    pool: &PgPool,
    user_id: UserId,
    password: Password,
    field: &str,
) -> Result<(), ApiFailure> {
    let stored = account::password_hash(pool, user_id).await?;
    match password::verify(password, stored).await.map_err(ApiFailure::internal)? {
        Verdict::Right => Ok(()),
        Verdict::Wrong => {
            let message = "Incorrect password.".to_owned();
            Err(ApiFailure::field(field, FieldProblem { code: "wrong".to_owned(), message }))
        }
    }
}
