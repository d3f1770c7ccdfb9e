//! `/me`: the signed-in person.

use super::transport::{Request, send};
use crate::contract::ApiError;
use crate::contract::request::UpdateMe;
use crate::contract::view::{List, Me, MembershipView, UserView};

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

/// `DELETE /me`: the account, and the organizations that nobody else belongs to.
///
/// # Errors
/// `last_admin` while an organization with other members would be left without an admin.
pub async fn delete() -> Result<(), ApiError> {
    send(Request::delete("/me")).await?.done()
}

/// `GET /me/menu`: my memberships, each with its organization.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn menu() -> Result<List<MembershipView>, ApiError> {
    send(Request::get("/me/menu")).await?.json()
}
