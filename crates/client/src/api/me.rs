//! `/me`: the signed-in person.

use super::transport::{Request, send};
use contract::request::{ChangeEmail, ChangePassword, UpdateMe};
use contract::view::{List, Me, MenuView, SessionView, UserView};
use contract::{ApiError, SessionId};

/// `GET /me`: the account, and the cursor to resume the stream from.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn get() -> Result<Me, ApiError> {
    send(Request::get("/me")).await?.json()
}

/// `PATCH /me`
///
/// # Errors
/// `invalid_fields` for a name that can't be one.
pub async fn update(changes: &UpdateMe) -> Result<UserView, ApiError> {
    send(Request::patch("/me").json(changes)).await?.json()
}

/// `PUT /me/picture`: a PNG, JPEG or WebP.
///
/// # Errors
/// `invalid_fields` when it isn't a picture, or is too large.
pub async fn put_picture(file: Vec<u8>) -> Result<UserView, ApiError> {
    send(Request::put("/me/picture", file)).await?.json()
}

/// `DELETE /me/picture`: initials again.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn delete_picture() -> Result<UserView, ApiError> {
    send(Request::delete("/me/picture")).await?.json()
}

/// `DELETE /me`: the account, and the organizations that nobody else belongs to.
///
/// # Errors
/// `last_admin` while an organization with other members would be left without an admin.
pub async fn delete() -> Result<(), ApiError> {
    send(Request::delete("/me")).await?.done()
}

/// `POST /me/email`: another address to sign in with.
///
/// # Errors
/// `invalid_fields` when the password is wrong, or the address has an account.
pub async fn change_email(request: &ChangeEmail) -> Result<UserView, ApiError> {
    send(Request::post("/me/email").json(request)).await?.json()
}

/// `POST /me/password`: another password; ends the other sessions.
///
/// # Errors
/// `invalid_fields` when the current password is wrong.
pub async fn change_password(request: &ChangePassword) -> Result<(), ApiError> {
    send(Request::post("/me/password").json(request)).await?.done()
}

/// `GET /me/sessions`: where I am signed in.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn sessions() -> Result<List<SessionView>, ApiError> {
    send(Request::get("/me/sessions")).await?.json()
}

/// `DELETE /me/sessions/{id}`
///
/// # Errors
/// `not_found` when it isn't the caller's, or has ended already.
pub async fn end_session(id: SessionId) -> Result<(), ApiError> {
    send(Request::delete(format!("/me/sessions/{id}"))).await?.done()
}

/// `DELETE /me/sessions`: all but the caller's.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn end_other_sessions() -> Result<(), ApiError> {
    send(Request::delete("/me/sessions")).await?.done()
}

/// `GET /me/menu`: my memberships, each with its organization, and where there is something new.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn menu() -> Result<MenuView, ApiError> {
    send(Request::get("/me/menu")).await?.json()
}
