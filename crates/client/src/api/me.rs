//! `/me`: the signed-in user.

use super::transport::{Request, send};
use crate::passkeys;
use contract::passkey::{AddPasskey, UsePasskey};
use contract::request::{ChangeEmail, ChangePassword, UpdateMe};
use contract::second_factor::TwoFactorView;
use contract::sign_in_methods::SignInMethods;
use contract::view::{List, Me, MenuView, SessionView, UserView};
use contract::{ApiError, Name, SessionId};

/// `GET /me`: the account, and the cursor from which to resume the stream.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn get() -> Result<Me, ApiError> {
    send(Request::get("/me")).await?.json()
}

/// `PATCH /me`
///
/// # Errors
/// `invalid_fields` if the name isn't valid.
pub async fn update(changes: &UpdateMe) -> Result<UserView, ApiError> {
    send(Request::patch("/me").json(changes)).await?.json()
}

/// `PUT /me/picture`: sets the picture, a PNG, JPEG or WebP file.
///
/// # Errors
/// `invalid_fields` if the file isn't a picture or is too large.
pub async fn put_picture(file: Vec<u8>) -> Result<UserView, ApiError> {
    send(Request::put("/me/picture", file)).await?.json()
}

/// `DELETE /me/picture`: removes the picture; the initials show again.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn delete_picture() -> Result<UserView, ApiError> {
    send(Request::delete("/me/picture")).await?.json()
}

/// `DELETE /me`: deletes the account, and the organizations without other members.
///
/// # Errors
/// `last_admin` if an organization with other members would have no admin.
pub async fn delete() -> Result<(), ApiError> {
    send(Request::delete("/me")).await?.into_result()
}

/// `POST /me/email`: sends a link to the new address, which changes it.
///
/// # Errors
/// `invalid_fields` if the password is wrong.
pub async fn change_email(request: &ChangeEmail) -> Result<(), ApiError> {
    send(Request::post("/me/email").json(request)).await?.into_result()
}

/// `DELETE /me/email`: cancels the change to an address that isn't confirmed.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn cancel_email_change() -> Result<(), ApiError> {
    send(Request::delete("/me/email")).await?.into_result()
}

/// `POST /me/email/confirmation`: sends the link again that confirms the address.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn send_email_confirmation() -> Result<(), ApiError> {
    send(Request::post("/me/email/confirmation")).await?.into_result()
}

/// `POST /me/password`: changes the password and ends the other sessions.
///
/// # Errors
/// `invalid_fields` if the current password is wrong.
pub async fn change_password(request: &ChangePassword) -> Result<(), ApiError> {
    send(Request::post("/me/password").json(request)).await?.into_result()
}

/// `GET /me/sessions`: the caller's sessions.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn sessions() -> Result<List<SessionView>, ApiError> {
    send(Request::get("/me/sessions")).await?.json()
}

/// `DELETE /me/sessions/{id}`: ends a session.
///
/// # Errors
/// `not_found` if it isn't the caller's, or has already ended.
pub async fn end_session(id: SessionId) -> Result<(), ApiError> {
    send(Request::delete(format!("/me/sessions/{id}"))).await?.into_result()
}

/// `DELETE /me/sessions`: ends all sessions except the current one.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn end_other_sessions() -> Result<(), ApiError> {
    send(Request::delete("/me/sessions")).await?.into_result()
}

/// `GET /me/two-factor`: the settings of two-factor authentication.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn two_factor() -> Result<TwoFactorView, ApiError> {
    send(Request::get("/me/two-factor")).await?.json()
}

/// `GET /me/sign-in-methods`: the ways to sign in.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn sign_in_methods() -> Result<SignInMethods, ApiError> {
    send(Request::get("/me/sign-in-methods")).await?.json()
}

/// `POST /me/passkeys`: adds a passkey, after its challenge.
///
/// # Errors
/// `passkey_refused` if the authenticator made none, `proof_required` if the last proof is too old.
pub async fn add_passkey(name: Name) -> Result<(), ApiError> {
    let options = send(Request::post("/me/passkeys/challenge")).await?.json()?;
    let credential = passkeys::create(&options).await?;
    send(Request::post("/me/passkeys").json(&AddPasskey { name, credential })).await?.into_result()
}

/// `POST /me/proof/passkey`: proves by a passkey who the person is, after its challenge.
///
/// # Errors
/// `passkey_refused` if no passkey was used, or it is somebody else's.
pub async fn prove_by_passkey() -> Result<(), ApiError> {
    let options = send(Request::post("/me/proof/passkey/challenge")).await?.json()?;
    let credential = passkeys::get(&options).await?;
    send(Request::post("/me/proof/passkey").json(&UsePasskey { credential })).await?.into_result()
}

/// `GET /me/menu`: the reader's memberships, each with its organization, and which organizations
/// are unread.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn menu() -> Result<MenuView, ApiError> {
    send(Request::get("/me/menu")).await?.json()
}
