//! `/auth`: the session itself travels in a cookie that no script can read.

use super::transport::{Request, send};
use contract::ApiError;
use contract::request::{SignIn, SignUp};

/// `POST /auth/sign-in`
///
/// # Errors
/// `wrong_credentials` when the address and the password don't belong together.
pub async fn sign_in(credentials: &SignIn) -> Result<(), ApiError> {
    send(Request::post("/auth/sign-in").json(credentials)).await?.done()
}

/// `POST /auth/sign-up`
///
/// # Errors
/// `invalid_fields` when the address has an account already, or isn't the invited one.
pub async fn sign_up(account: &SignUp) -> Result<(), ApiError> {
    send(Request::post("/auth/sign-up").json(account)).await?.done()
}

/// `POST /auth/sign-out`
///
/// # Errors
/// Only when the server can't be asked.
pub async fn sign_out() -> Result<(), ApiError> {
    send(Request::post("/auth/sign-out")).await?.done()
}
