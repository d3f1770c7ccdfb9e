//! The activity log, and its distribution to every node.
//!
//! One CDC worker in the cluster appends to the log ([`log::LogWriter`]). The tail of every node
//! reads new activities ([`tail`]), or receives them from the worker of its own node ([`local_feed`]), and
//! publishes them within the node ([`bus`]).

pub mod bus;
mod flags;
pub mod health;
pub mod histogram;
pub mod hot_tail;
pub mod kind;
pub mod local_feed;
pub mod log;
pub mod lsn;
pub mod row;
pub mod tail;
pub mod unread;

use contract::{Action, MutationId, OrganizationId, Position, Timestamp, UserId};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

pub use bus::ActivityBus;
pub use health::LogHealth;
pub use histogram::{Distribution, Histogram};
pub use hot_tail::HotTail;
pub use kind::ActivityKind;
pub use local_feed::LocalFeed;
pub use log::snapshot::TransactionId;
pub use lsn::Lsn;

/// One change of one row, before it has a position in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct NewActivity {
    /// The kind of the changed entity.
    pub kind: ActivityKind,
    /// Whether it was created, updated or deleted.
    pub action: Action,
    /// The row's id.
    pub subject_id: Uuid,
    /// The organization that the row belongs to; an organization belongs to itself.
    pub organization_id: Option<OrganizationId>,
    /// The user that the row belongs to.
    pub user_id: Option<UserId>,
    /// The user whose request made the change.
    pub actor_id: Option<UserId>,
    /// The id that the client gave the request.
    pub mutation_id: Option<MutationId>,
    /// The fields that an update changed, named as on the wire.
    pub changed: Vec<String>,
    /// The row after the change, or before it for a deletion, by column name.
    pub data: Value,
}

/// A source transaction that activities come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The position of its commit record in the WAL.
    pub lsn: Lsn,
    /// The commit time.
    pub at: Timestamp,
    /// The transaction's id.
    pub id: TransactionId,
}

/// One change of one row in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Unique and ascending in commit order, within an epoch.
    pub position: Position,
    /// When its transaction was committed.
    pub committed_at: Timestamp,
    /// The change itself.
    pub change: NewActivity,
    /// For a change of a user that others may see: the organizations whose members learn of it.
    pub user_organizations: Vec<UserOrganization>,
    /// For a change of what invitations quote: the users who had an open invitation that quotes it when the
    /// change was written to the log.
    pub invited_users: Vec<UserId>,
}

/// An organization whose members learn of a change of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct UserOrganization {
    /// The organization.
    pub id: OrganizationId,
    /// Whether the user was a member when the change was written to the log.
    pub is_member: bool,
    /// Whether the user was the author of a resource there.
    pub is_author: bool,
    /// Whether the user was the sender of an open invitation there that quotes a field that changed.
    pub is_inviter: bool,
}

/// The name that a column has on the wire: `display_order` is `displayOrder`.
#[must_use]
pub fn wire_field_name(column: &str) -> String {
    let mut words = column.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}
