//! The rows of entities: one type each, which SQL reads ([`FromRow`]) and the log too (`Deserialize`
//! from an activity's `data`).
//!
//! Field names are column names. A column that was added after the first release has
//! `#[serde(default)]`, because older rows in the log lack it. To add a column: add the field here, to
//! the `select`s of the API, and to the view.

use contract::view::{
    InvitationView, InvitingOrganization, MembershipView, MenuPreferences, OrganizationView,
    UserView,
};
use contract::{
    Colour, Description, Email, InvitationId, MembershipId, Name, OrganizationId, PictureId,
    Position, Role, Slug, Timestamp, UserId,
};
use serde::Deserialize;
use sqlx::FromRow;

/// The columns of `users` that views need.
#[derive(Clone, Debug, FromRow, Deserialize)]
pub struct UserRow {
    /// The account's id.
    pub id: UserId,
    /// The user's name.
    pub name: Name,
    /// The email address.
    pub email: Email,
    /// Grows with every change of the email address.
    #[serde(default)]
    pub email_version: Option<i64>,
    /// The picture, if there is one.
    #[serde(default)]
    pub picture: Option<PictureId>,
    /// Grows with every change of the name and the picture.
    pub version: i64,
}

/// The view with the email address. The caller removes it for readers who may not see it.
impl From<UserRow> for UserView {
    fn from(row: UserRow) -> Self {
        let UserRow { id, name, email, email_version, picture, version } = row;
        Self { id, name, email: Some(email), email_version, picture, version }
    }
}

/// The columns of `organizations` that views need.
#[derive(Clone, Debug, FromRow, Deserialize)]
pub struct OrganizationRow {
    /// The organization's id.
    pub id: OrganizationId,
    /// The name.
    pub name: Name,
    /// The present slug.
    pub slug: Slug,
    /// The chosen colour; `None` is the default for the id.
    #[serde(default)]
    pub colour: Option<Colour>,
    /// The picture, if there is one.
    #[serde(default)]
    pub picture: Option<PictureId>,
    /// The description, which may be empty.
    #[serde(default)]
    pub description: Description,
    /// Grows with every change of the row.
    pub version: i64,
    /// When the organization was created.
    pub created_at: Timestamp,
}

impl From<OrganizationRow> for OrganizationView {
    fn from(row: OrganizationRow) -> Self {
        let OrganizationRow { id, name, slug, colour, picture, description, version, created_at } =
            row;
        let colour = colour.unwrap_or_else(|| Colour::default_for(id.uuid()));
        Self { id, name, slug, colour, picture, description, version, created_at }
    }
}

/// The columns of `memberships` that views need.
#[derive(Clone, Debug, FromRow, Deserialize)]
pub struct MembershipRow {
    /// The membership's id.
    pub id: MembershipId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The member.
    pub user_id: UserId,
    /// The member's role.
    pub role: Role,
    /// Whether the member's menu lists the organization as archived.
    pub archived: bool,
    /// Whether the member's menu doesn't mark the organization as unread.
    pub muted: bool,
    /// The sort key in the member's menu.
    pub display_order: f64,
    /// The position up to which the member has seen the organization.
    #[serde(default)]
    pub seen_position: Position,
    /// Grows with every change of the menu preferences.
    #[serde(default)]
    pub preferences_version: i64,
    /// Grows with every other change of the row.
    pub version: i64,
    /// When the user joined.
    pub created_at: Timestamp,
}

impl MembershipRow {
    /// The view with all fields. The caller applies the reader's visibility.
    #[must_use]
    pub fn into_view(self, user: UserView, organization: OrganizationView) -> MembershipView {
        MembershipView {
            id: self.id,
            organization_id: self.organization_id,
            user,
            role: self.role,
            version: self.version,
            created_at: self.created_at,
            preferences: Some(MenuPreferences {
                archived: self.archived,
                muted: self.muted,
                display_order: self.display_order,
                seen: self.seen_position,
                version: self.preferences_version,
            }),
            organization: Some(organization),
        }
    }
}

/// The columns of `invitations` that views need.
#[derive(Clone, Debug, FromRow, Deserialize)]
pub struct InvitationRow {
    /// The invitation's id.
    pub id: InvitationId,
    /// The organization to join.
    pub organization_id: OrganizationId,
    /// The invited email address.
    pub email: Email,
    /// The account with that email address, if it is known.
    pub user_id: Option<UserId>,
    /// The role after joining.
    pub role: Role,
    /// The user who invited. `None` if the account was deleted.
    pub invited_by: Option<UserId>,
    /// When the invitation was declined.
    pub rejected_at: Option<Timestamp>,
    /// When the invitation expires.
    pub expires_at: Timestamp,
    /// Grows with every change of the row.
    pub version: i64,
    /// When the invitation was created.
    pub created_at: Timestamp,
}

impl InvitationRow {
    /// The view. `inviter` is the name of the user who invited, if the account still exists.
    #[must_use]
    pub fn into_view(
        self,
        organization: InvitingOrganization,
        inviter: Option<Name>,
    ) -> InvitationView {
        InvitationView {
            id: self.id,
            organization,
            email: self.email,
            user_id: self.user_id,
            role: self.role,
            inviter_id: self.invited_by.filter(|_| inviter.is_some()),
            invited_by: inviter,
            rejected_at: self.rejected_at,
            expires_at: self.expires_at,
            version: self.version,
            created_at: self.created_at,
        }
    }
}
