//! `/auth`. The session is in a cookie that scripts can't read.

use super::transport::{Request, Response, send};
use crate::passkeys;
use contract::ApiError;
use contract::account_link::{ChoosePassword, ConfirmEmail, LinkPurpose, LinkView, Recover};
use contract::passkey::UsePasskey;
use contract::request::{SignIn, SignUp};
use contract::sign_in_methods::OfferedMethods;

/// The next step of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// The person is signed in.
    SignedIn,
    /// The account has two-factor authentication: the person enters a code.
    EnterCode,
}

impl NextStep {
    fn of(response: Response) -> Result<Self, ApiError> {
        // 202 (Accepted).
        let step = if response.status == 202 { Self::EnterCode } else { Self::SignedIn };
        response.into_result().map(|()| step)
    }
}

/// `GET /auth/methods`: what the sign-in page offers besides a password.
///
/// # Errors
/// Only if the server can't be reached.
pub async fn offered_methods() -> Result<OfferedMethods, ApiError> {
    send(Request::get("/auth/methods")).await?.json()
}

/// `POST /auth/sign-in`
///
/// # Errors
/// `wrong_credentials` if the address and password don't match.
pub async fn sign_in(credentials: &SignIn) -> Result<NextStep, ApiError> {
    NextStep::of(send(Request::post("/auth/sign-in").json(credentials)).await?)
}

/// `POST /auth/passkey`: signs in with a passkey, after its challenge.
///
/// # Errors
/// `passkey_refused` if no passkey was used, or it isn't an account's.
pub async fn sign_in_with_passkey() -> Result<(), ApiError> {
    let options = send(Request::post("/auth/passkey/challenge")).await?.json()?;
    let credential = passkeys::get(&options).await?;
    send(Request::post("/auth/passkey").json(&UsePasskey { credential })).await?.into_result()
}

/// `POST /auth/sign-up`: sends a link with which the owner of the address finishes.
///
/// # Errors
/// `invalid_fields` if the address isn't the invited one.
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

/// `GET /auth/links/{purpose}/{token}`
///
/// # Errors
/// `link_expired` if the link was used or has expired.
pub async fn get_link(purpose: LinkPurpose, token: &str) -> Result<LinkView, ApiError> {
    send(Request::get(format!("/auth/links/{}/{token}", purpose.as_str()))).await?.json()
}

/// `POST /auth/sign-up/complete` or `POST /auth/reset-password`: signs in with the chosen password.
///
/// # Errors
/// `link_expired` if the link was used or has expired, `invalid_fields` if the password is easy to guess.
pub async fn choose_password(
    purpose: LinkPurpose,
    chosen: &ChoosePassword,
) -> Result<NextStep, ApiError> {
    NextStep::of(send(Request::post(purpose.endpoint()).json(chosen)).await?)
}

/// `POST /auth/confirm-email`
///
/// # Errors
/// `link_expired` if the link was used or has expired.
pub async fn confirm_email(link: &ConfirmEmail) -> Result<(), ApiError> {
    send(Request::post("/auth/confirm-email").json(link)).await?.into_result()
}

/// `POST /auth/recover`: sends a link for a new password, if the address has an account.
///
/// # Errors
/// Only if the server can't be reached.
pub async fn recover(request: &Recover) -> Result<(), ApiError> {
    send(Request::post("/auth/recover").json(request)).await?.into_result()
}
