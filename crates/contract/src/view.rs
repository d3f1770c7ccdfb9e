//! Views: the entities as the API and the stream send them.
//!
//! Each has a `version`, which grows with every change that all its readers may see. When a client gets
//! the same entity twice, from the stream and from a request, it keeps the one with the higher version.
//! Fields that only some readers see have versions of their own, so that nobody else can tell that they
//! changed.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::colour::Colour;
use super::cursor::{Cursor, Position};
use super::id::{InvitationId, MembershipId, OrganizationId, PictureId, SessionId, UserId};
use super::permission::Role;
use super::text::{Description, Email, Name, Slug};
use super::time::Timestamp;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct List<T> {
    /// The items on this page.
    pub items: Vec<T>,
    /// The number of items on all pages.
    pub total: i64,
    /// The value of `after` for the next page. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

impl<T> List<T> {
    /// Makes a list that has all items on one page.
    #[must_use]
    pub fn single_page(items: Vec<T>) -> Self {
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        Self { items, total, next: None }
    }
}

/// The signed-in user, and the cursor from which to stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The user's account.
    pub user: UserView,
    /// Whether the user may open `/system`.
    pub system_admin: bool,
    /// Whether the owner of the account's address has confirmed it. Otherwise invitations to the address
    /// don't reach the account.
    #[serde(default)]
    pub email_confirmed: bool,
    /// The address that the account changes to once it is confirmed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pending_email: Option<Email>,
    /// Whether the account has a password. Its owner may sign in otherwise.
    #[serde(default = "has_password")]
    pub has_password: bool,
    /// The log's position before anything else was read for the page. A stream that resumes from
    /// here misses no change of what was read later.
    pub cursor: Cursor,
}

/// Returns the default for answers of older servers, which don't send the field: an account had a
/// password then.
const fn has_password() -> bool {
    true
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// The account's id.
    pub id: UserId,
    /// The user's name.
    pub name: Name,
    /// The email address. Only for the user and for admins of the user's organizations.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<Email>,
    /// Grows with every change of the email address. Present with it; absent from an older server, where
    /// `version` counts the address too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email_version: Option<i64>,
    /// The picture. Absent: pages show the initials.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub picture: Option<PictureId>,
    /// Grows with every change of the name and the picture.
    pub version: i64,
}

impl UserView {
    /// The user as readers see them who may not see the email address, nor that it changed.
    #[must_use]
    pub fn without_email(self) -> Self {
        Self { email: None, email_version: None, ..self }
    }
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationView {
    /// The organization's id, which never changes.
    pub id: OrganizationId,
    /// The organization's name.
    pub name: Name,
    /// The organization's name in URLs. Former slugs work too.
    pub slug: Slug,
    /// The chosen colour, or the default for its id.
    pub colour: Colour,
    /// The picture. Absent: pages show the initials.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub picture: Option<PictureId>,
    /// The description, which may be empty.
    pub description: Description,
    /// Grows with every change of the row.
    pub version: i64,
    /// When the organization was created.
    pub created_at: Timestamp,
}

/// A user's membership of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MembershipView {
    /// The membership's id.
    pub id: MembershipId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The member.
    pub user: UserView,
    /// The member's role.
    pub role: Role,
    /// Grows with every change except those of `preferences`, which have their own version.
    pub version: i64,
    /// When the user joined.
    pub created_at: Timestamp,
    /// The member's menu preferences. Only for the member.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub preferences: Option<MenuPreferences>,
    /// The organization's view, so that the menu needs no second request. Only for the member.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization: Option<OrganizationView>,
}

/// A member whose name looks like that of another member of the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LookalikeView {
    /// The membership.
    pub membership_id: MembershipId,
    /// The name of the other member; of the one who joined first, if there are several.
    pub other: Name,
}

/// A member's settings for an organization in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MenuPreferences {
    /// Whether the menu lists the organization as archived.
    pub archived: bool,
    /// Whether the menu doesn't mark the organization as unread.
    pub muted: bool,
    /// The sort key, ascending. Ties are sorted by the organization's name.
    pub display_order: f64,
    /// The position in the log up to which the member has seen the organization.
    #[serde(default)]
    pub seen: Position,
    /// Grows with every change of the preferences.
    pub version: i64,
}

/// The reader's menu: their memberships, and the organizations with unread changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MenuView {
    /// All memberships, in the menu's order, each with its organization.
    pub items: Vec<MembershipView>,
    /// The number of memberships.
    pub total: i64,
    /// For each organization with unread changes, the position of the newest change by someone
    /// else. `news` on the wire.
    #[serde(rename = "news", default)]
    pub unread: HashMap<OrganizationId, Position>,
}

/// An invitation. For the invited person and for admins of the organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    /// The invitation's id.
    pub id: InvitationId,
    /// The organization to join.
    pub organization: InvitingOrganization,
    /// The invited email address.
    pub email: Email,
    /// The invited account. Only for the invited person: admins don't learn whether an address has an
    /// account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<UserId>,
    /// The role after joining.
    pub role: Role,
    /// The name of the user who invited. Absent if the account was deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invited_by: Option<Name>,
    /// The user who invited. Absent if the account was deleted, and for the holder of the invitation's link.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub inviter_id: Option<UserId>,
    /// When the invitation was declined. A declined invitation can't be accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rejected_at: Option<Timestamp>,
    /// When the invitation expires.
    pub expires_at: Timestamp,
    /// Grows with every change of the row.
    pub version: i64,
    /// When the invitation was created.
    pub created_at: Timestamp,
}

impl InvitationView {
    /// Returns the invitation as everyone except the invited person sees it.
    #[must_use]
    pub fn without_account(self) -> Self {
        Self { user_id: None, ..self }
    }
}

/// The fields of an organization that an invited person sees before joining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitingOrganization {
    /// The organization's id.
    pub id: OrganizationId,
    /// The organization's name.
    pub name: Name,
    /// The organization's name in URLs.
    pub slug: Slug,
    /// The chosen colour, or the default for its id.
    pub colour: Colour,
    /// The picture. Only for the holder of the invitation's link, who needn't be signed in and so can't load
    /// it by its id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub inline_picture: Option<InlinePicture>,
}

/// A picture inside of an answer, as a `data:` URL. Its address needs no secret, and nobody can share it without
/// sharing the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[serde(transparent)]
pub struct InlinePicture(String);

impl InlinePicture {
    /// The URL, for the `src` of an image.
    #[must_use]
    pub fn into_url(self) -> String {
        self.0
    }
}

/// The result for one email address of an [`Invite`](super::request::Invite).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteResult {
    /// The email address from the request.
    pub email: Email,
    /// The outcome for the address.
    pub outcome: InviteOutcome,
    /// The path of a link with which the owner of the address signs up or in, and joins. It is in this
    /// response only, because the server stores only the hash of its token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<String>,
}

/// The outcome of a request to invite an email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteOutcome {
    /// It created an invitation.
    Invited,
    /// It renewed an invitation that was declined or had expired.
    Renewed,
    /// Nothing: the address already has a pending invitation.
    AlreadyInvited,
    /// Nothing: the person is already a member.
    AlreadyMember,
}

/// The availability of a slug.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlugView {
    /// The organization with this present or former slug. Absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization_id: Option<OrganizationId>,
    /// Whether the reader can choose the slug for an organization.
    pub available: bool,
}

/// A browser in which the reader is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// The session's id.
    pub id: SessionId,
    /// The browser and the operating system, such as "Firefox on Linux".
    pub device: String,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When the session was last used, to the minute.
    pub last_used_at: Timestamp,
    /// When the session ends, even if it is in use.
    pub expires_at: Timestamp,
    /// Whether this request belongs to the session.
    pub current: bool,
}
