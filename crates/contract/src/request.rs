//! The bodies of requests. `note.rs` has those of notes.

use serde::{Deserialize, Serialize};

use super::colour::Colour;
use super::cursor::Position;
use super::permission::Role;
use super::text::{Description, Email, Name, Password, Slug};

/// The header in which a changing request sends its [`MutationId`](super::MutationId).
pub const MUTATION_ID_HEADER: &str = "mutation-id";

/// The header in which a page sends the id of the user for whom it was rendered. A request of another
/// signed-in user is refused with [`OtherAccount`](super::ErrorCode::OtherAccount).
pub const EXPECTED_USER_HEADER: &str = "expected-user";

/// `POST /auth/sign-up`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignUp {
    /// The person's name.
    pub name: Name,
    /// The email address to sign in with. A link is sent to it, with which the person chooses a password.
    pub email: Email,
    /// The token of the invitation link, if the person followed one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invitation: Option<String>,
}

/// `POST /auth/sign-in`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The account's email address.
    pub email: Email,
    /// The account's password.
    pub password: Password,
}

/// `POST /organizations`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateOrganization {
    /// The organization's name.
    pub name: Name,
    /// The organization's name in URLs.
    pub slug: Slug,
}

/// `PATCH /organizations/{idOrSlug}`. Absent fields stay unchanged.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateOrganization {
    /// The new name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Name>,
    /// The new slug. The former one still works.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slug: Option<Slug>,
    /// The new colour.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub colour: Option<Colour>,
    /// The new description. An empty one removes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<Description>,
}

/// `PATCH /memberships/{id}`. Absent fields stay unchanged.
///
/// Only admins change the role; only the member changes the other fields.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMembership {
    /// The new role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Role>,
    /// Whether the member's menu lists the organization as archived.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub archived: Option<bool>,
    /// Whether the member's menu doesn't mark the organization as unread.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub muted: Option<bool>,
    /// The sort key in the member's menu, ascending.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_order: Option<f64>,
    /// The position in the log up to which the member has seen the organization. The server ignores
    /// a position before the stored one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seen: Option<Position>,
}

/// `PATCH /me`. Absent fields stay unchanged.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMe {
    /// The new name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Name>,
}

/// `POST /me/email`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeEmail {
    /// The new email address.
    pub email: Email,
    /// The account's password, to confirm the change. Not needed for an account without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password: Option<Password>,
}

/// `POST /me/password`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePassword {
    /// The present password, to confirm the change.
    pub current: Password,
    /// The new password.
    pub new: Password,
}

/// `POST /organizations/{id}/invitations`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// 1 to [`MAX_INVITATIONS_PER_REQUEST`] email addresses.
    pub emails: Vec<Email>,
    /// The role of the invited people.
    pub role: Role,
}

/// The maximum number of email addresses in one [`Invite`].
pub const MAX_INVITATIONS_PER_REQUEST: usize = 50;
