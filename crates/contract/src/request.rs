//! What clients send.

use serde::{Deserialize, Serialize};

use super::colour::Colour;
use super::cursor::Position;
use super::permission::Role;
use super::text::{Description, Email, Name, Password, Slug};

/// Header with the client's [`MutationId`](super::MutationId) for a request that changes something.
pub const MUTATION_ID_HEADER: &str = "mutation-id";

/// `POST /auth/sign-up`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignUp {
    /// What to be called.
    pub name: Name,
    /// The address to sign in with.
    pub email: Email,
    /// The password to sign in with.
    pub password: Password,
    /// The token of the invitation link that led here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invitation: Option<String>,
}

/// `POST /auth/sign-in`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The address.
    pub email: Email,
    /// The password.
    pub password: Password,
}

/// `POST /organizations`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateOrganization {
    /// What to call it.
    pub name: Name,
    /// What to call it in addresses.
    pub slug: Slug,
}

/// `PATCH /organizations/{idOrSlug}`: what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateOrganization {
    /// A new name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Name>,
    /// A new slug; the former one goes on leading here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slug: Option<Slug>,
    /// A new colour.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub colour: Option<Colour>,
    /// A new description; an empty one takes it away.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<Description>,
}

/// `PATCH /memberships/{id}`: what is absent stays.
///
/// The role is for admins; the rest is for the subject alone.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMembership {
    /// A new role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Role>,
    /// Put away in the menu, or not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub archived: Option<bool>,
    /// Muted, or not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub muted: Option<bool>,
    /// Where in the menu.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_order: Option<f64>,
    /// Up to where in the log the subject has seen what happened there. It never goes back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seen: Option<Position>,
}

/// `PATCH /me`: what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMe {
    /// A new name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Name>,
}

/// `POST /me/email`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeEmail {
    /// The address to sign in with from now on.
    pub email: Email,
    /// The password, as proof.
    pub password: Password,
}

/// `POST /me/password`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePassword {
    /// The password so far, as proof.
    pub current: Password,
    /// The one from now on.
    pub new: Password,
}

/// `POST /organizations/{id}/invitations`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// 1 to 50 addresses.
    pub emails: Vec<Email>,
    /// As what.
    pub role: Role,
}

/// How many addresses one invite request may name.
pub const MOST_INVITED_AT_ONCE: usize = 50;
