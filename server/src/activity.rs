//! The log of what happened, and its way to every node.
//!
//! One worker in the cluster writes ([`log::Writer`]); every node follows ([`tail`]) and hands on
//! what it reads ([`bus`]).

pub mod bus;
pub mod log;
pub mod lsn;
pub mod news;
pub mod tail;

use app::contract::{Action, MutationId, OrganizationId, Position, Timestamp, UserId};
use serde_json::Value;
use uuid::Uuid;

pub use bus::ActivityBus;
pub use lsn::Lsn;

/// What kind of thing an activity is about. One for each table of the publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ActivityKind {
    /// A row of `users`.
    User,
    /// A row of `sessions`. Nobody gets it as data: its end ends streams.
    Session,
    /// A row of `organizations`.
    Organization,
    /// A row of `memberships`.
    Membership,
    /// A row of `invitations`.
    Invitation,
    /// A row of `notes`. Told on the organization's own stream only.
    Note,
}

impl ActivityKind {
    /// As the log's column holds it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Session => "session",
            Self::Organization => "organization",
            Self::Membership => "membership",
            Self::Invitation => "invitation",
            Self::Note => "note",
        }
    }

    /// The fields that are nobody's business but their subject's, not even that they changed: what
    /// a member arranged in their own menu and has seen, and where a person is signed in.
    #[must_use]
    pub const fn private_fields(self) -> &'static [&'static str] {
        match self {
            Self::Membership => &["archived", "muted", "displayOrder", "seenPosition"],
            Self::User => &["sessionsVersion"],
            Self::Session | Self::Organization | Self::Invitation | Self::Note => &[],
        }
    }
}

/// One change of one row, before it has its place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct NewActivity {
    /// What kind of thing changed.
    pub kind: ActivityKind,
    /// What happened to it.
    pub action: Action,
    /// The row's id.
    pub subject_id: Uuid,
    /// The organization concerned; an organization's own id for itself.
    pub organization_id: Option<OrganizationId>,
    /// Whose it is.
    pub user_id: Option<UserId>,
    /// Who did it, when it was a request.
    pub actor_id: Option<UserId>,
    /// The id that the actor's client gave its request.
    pub mutation_id: Option<MutationId>,
    /// The fields that an update changed, named as on the wire.
    pub changed: Vec<String>,
    /// The row after the change; for a deletion, before it. By column name.
    pub data: Value,
}

/// The source transaction that activities come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Where its commit record stands in the WAL.
    pub lsn: Lsn,
    /// When it was committed.
    pub at: Timestamp,
}

/// One change of one row, at its place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// The place: commit order, without repeats.
    pub position: Position,
    /// When its transaction was committed.
    pub committed_at: Timestamp,
    /// The change.
    pub change: NewActivity,
}
