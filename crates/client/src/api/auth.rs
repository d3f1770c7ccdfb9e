//! `/auth`. The session is in a cookie that scripts can't read.

use super::transport::{Request, send};
use contract::ApiError;
use contract::request::{SignIn, SignUp};

/// `POST /auth/sign-in`
///
/// # Errors
/// `wrong_credentials` if the address and password don't match.
pub async fn sign_in(credentials: &SignIn) -> Result<(), ApiError> {
    send(Request::post("/auth/sign-in").json(credentials)).await?.into_result()
}

/// `POST /auth/sign-up`
///
/// # Errors
/// `invalid_fields` if the address has an account, or isn't the invited one.
pub async fn sign_up(account: &SignUp) -> Result<(), ApiError> {
    send(Request::post("/auth/sign-up").json(account)).await?.into_result()
}

/// `POST /auth/sign-out`
///
/// # Errors
/// Only if the server can't be reached.
pub async fn sign_out() -> Result<(), ApiError> {
    send(Request::post("/auth/sign-out")).await?.into_result()
}
