//! The entities as the API shows them.
//!
//! Each carries its row's `version`, which grows with every change of the row. A message and a
//! fresh read can so be compared: the higher version stands, whichever arrived first.

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
    /// What is on this page.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: i64,
    /// Pass it as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

impl<T> List<T> {
    /// A list that fits on one page.
    #[must_use]
    pub fn whole(items: Vec<T>) -> Self {
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        Self { items, total, next: None }
    }
}

/// The signed-in person, and where the log stood before anything else of the page was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The account.
    pub user: UserView,
    /// Sees `/system`.
    pub system_admin: bool,
    /// Read first, so that a stream resumed from here misses nothing of what was read after.
    pub cursor: Cursor,
}

/// A person. The address only for themselves and for admins of an organization they are in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// Their id.
    pub id: UserId,
    /// What they are called.
    pub name: Name,
    /// Their address, to those who may see it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<Email>,
    /// What they look like; absent: their initials stand for them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub picture: Option<PictureId>,
    /// Grows with every change of the row.
    pub version: i64,
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationView {
    /// Its id, which never changes.
    pub id: OrganizationId,
    /// What it is called.
    pub name: Name,
    /// What it is called in addresses; former slugs lead here too.
    pub slug: Slug,
    /// The chosen one, or the one that follows from its id.
    pub colour: Colour,
    /// What it looks like; absent: its initials stand for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub picture: Option<PictureId>,
    /// What it says about itself.
    pub description: Description,
    /// Grows with every change of the row.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
}

/// That a user belongs to an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MembershipView {
    /// Its id.
    pub id: MembershipId,
    /// Where.
    pub organization_id: OrganizationId,
    /// Who.
    pub user: UserView,
    /// As what.
    pub role: Role,
    /// Grows with every change but those of the preferences, which have versions of their own.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// How the subject arranged it in their menu; only for the subject.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub preferences: Option<MenuPreferences>,
    /// The organization itself, so that the menu needs no second request; only for the subject.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization: Option<OrganizationView>,
}

/// How a member arranged an organization in their own menu.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MenuPreferences {
    /// Put away.
    pub archived: bool,
    /// Not calling for attention.
    pub muted: bool,
    /// Ascending; ties by the organization's name.
    pub display_order: f64,
    /// Up to where in the log they have seen what happened there.
    #[serde(default)]
    pub seen: Position,
    /// Grows with every change of these.
    pub version: i64,
}

/// The reader's own memberships, as they arranged them, and where there is something new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MenuView {
    /// All of them, each with its organization.
    pub items: Vec<MembershipView>,
    /// How many there are, as every list says.
    pub total: i64,
    /// The place in the log of what others last did in an organization, where the reader hasn't
    /// seen that.
    #[serde(default)]
    pub news: HashMap<OrganizationId, Position>,
}

/// That an address is asked to join an organization. For the invited and for its admins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    /// Its id.
    pub id: InvitationId,
    /// Where to.
    pub organization: InvitingOrganization,
    /// The address.
    pub email: Email,
    /// The account of that address, once known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<UserId>,
    /// As what.
    pub role: Role,
    /// Who asked; absent once their account is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invited_by: Option<Name>,
    /// When the invited said no; such an invitation can't be accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rejected_at: Option<Timestamp>,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// Grows with every change but those of the preferences, which have versions of their own.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
}

/// What somebody who isn't in it yet sees of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitingOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// What it is called.
    pub name: Name,
    /// What it is called in addresses.
    pub slug: Slug,
    /// The chosen one, or the one that follows from its id.
    pub colour: Colour,
}

/// What became of one address of an invite request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteResult {
    /// The address, as it was given.
    pub email: Email,
    /// What became of it.
    pub outcome: InviteOutcome,
    /// For an address without an account: the path that lets its owner sign up and join. Shown
    /// once, to the one who invited; only its token's hash is kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<String>,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteOutcome {
    /// A new invitation.
    Invited,
    /// One that was rejected or had expired is open again.
    Renewed,
    /// It was pending already, and still is.
    AlreadyInvited,
    /// They belong to the organization already.
    AlreadyMember,
}

/// What a slug leads to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlugView {
    /// The organization it leads to, absent when the slug is free.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization_id: Option<OrganizationId>,
    /// Whether this reader could take it for an organization of theirs.
    pub available: bool,
}

/// A browser that the reader is signed in with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// What browser it is, as its owner would call it.
    pub device: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// When it ends, however it is used.
    pub expires_at: Timestamp,
    /// It is the one that asks.
    pub current: bool,
}
