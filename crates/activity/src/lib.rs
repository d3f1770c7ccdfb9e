//! The log of what happened, and its way to every node.
//!
//! One worker in the cluster writes ([`log::Writer`]); every node follows ([`tail`]) and hands on
//! what it reads ([`bus`]).

pub mod bus;
pub mod health;
pub mod kind;
pub mod log;
pub mod lsn;
pub mod news;
pub mod tail;

use contract::{Action, MutationId, OrganizationId, Position, Timestamp, UserId};
use serde_json::Value;
use uuid::Uuid;

pub use bus::ActivityBus;
pub use health::LogHealth;
pub use kind::ActivityKind;
pub(crate) use kind::resource_rows;
pub use lsn::Lsn;

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

/// The name of a column's field on the wire: in camel case.
#[must_use]
pub fn field_of(column: &str) -> String {
    let mut words = column.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}
