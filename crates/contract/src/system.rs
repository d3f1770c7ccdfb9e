//! The state of the system, for system admins.

use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, Position};
use super::event::Health;
use super::id::NodeId;
use super::text::Email;
use super::time::Timestamp;

/// `GET /system/state`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemView {
    /// When the state was read.
    pub at: Timestamp,
    /// The node that answered.
    pub answered_by: NodeId,
    /// Whether changes reach the log right after they are committed.
    pub health: Health,
    /// The nodes that reported within the last 30 seconds, oldest first.
    pub nodes: Vec<NodeView>,
    /// The state of the activity log.
    pub log: LogView,
    /// The logical replication slots of the database.
    pub slots: Vec<SlotView>,
    /// The WAL budget of our slot. Absent while Postgres can't be reached.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wal: Option<WalView>,
    /// The load of the node that answered over the last 15 minutes, oldest first.
    #[serde(default)]
    pub load: Vec<LoadSample>,
    /// The latest incidents, newest first.
    pub incidents: Vec<IncidentView>,
}

/// The load of a node in an interval of 15 s.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadSample {
    /// The end of the interval.
    pub at: Timestamp,
    /// The streams that were open at its end.
    pub streams: u64,
    /// Activities that were sent to readers.
    pub deliveries_per_second: f64,
    /// How long 99 % of the transactions took at most from their commit to the log, in milliseconds. Absent
    /// when this node wrote none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit_to_log_ms: Option<f64>,
    /// How long 99 % of the activities took at most until the reader's socket took them, in milliseconds.
    /// Absent when none was sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub routed_to_socket_ms: Option<f64>,
}

/// A running server process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[serde(rename_all = "camelCase")]
pub struct NodeView {
    /// The node's id, which is new after each start.
    pub id: NodeId,
    /// The address it listens on.
    pub address: String,
    /// The version of Tributary it runs.
    pub version: String,
    /// Its role in writing the log.
    pub role: NodeRole,
    /// The number of open streams.
    pub streams: i64,
    /// How far the log is behind the database in the node's view, in milliseconds.
    pub lag_ms: i64,
    /// When it started.
    pub started_at: Timestamp,
    /// When it last reported.
    pub seen_at: Timestamp,
}

/// A node's role in writing the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "lowercase")
)]
#[serde(rename_all = "lowercase")]
pub enum NodeRole {
    /// The node reads from the replication slot and writes the log.
    #[cfg_attr(feature = "sqlx", sqlx(rename = "holder"))]
    #[serde(rename = "holder")]
    Active,
    /// The node is ready to take over.
    Standby,
    /// The node can't reach Postgres or can't read from it.
    Disconnected,
}

impl NodeRole {
    /// Returns the role's name in the user interface.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Writer",
            Self::Standby => "Standby",
            Self::Disconnected => "Disconnected",
        }
    }
}

/// The state of the activity log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogView {
    /// The newest position.
    pub head: Cursor,
    /// The newest position that was dropped.
    pub horizon: Position,
    /// The number of partitions.
    pub partitions: i64,
    /// The size in bytes, including indexes.
    pub bytes: i64,
}

/// A logical replication slot, which makes Postgres keep WAL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[serde(rename_all = "camelCase")]
pub struct SlotView {
    /// The slot's name.
    pub name: String,
    /// Whether a process reads from the slot.
    pub active: bool,
    /// `wal_status` of `pg_replication_slots`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wal_status: Option<String>,
    /// The size of the WAL that Postgres keeps for the slot.
    pub retained_bytes: i64,
}

/// How much WAL Postgres keeps for the slot, and the limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WalView {
    /// The size of the kept WAL.
    pub retained_bytes: u64,
    /// `max_slot_wal_keep_size`. Absent if only the disk is the limit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit_bytes: Option<u64>,
    /// The used share of the limit, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub share: Option<f64>,
    /// The growth per second over the last minute.
    pub burn_bytes_per_second: f64,
    /// The time until the limit is reached at that rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exhausted_in_seconds: Option<f64>,
}

/// An event in the log's history that an operator should know of, such as a rebuild.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[serde(rename_all = "camelCase")]
pub struct IncidentView {
    /// The incident's number.
    pub id: i64,
    /// The kind of the incident.
    pub kind: String,
    /// The details.
    pub detail: String,
    /// When it happened.
    pub happened_at: Timestamp,
}

/// A message of `GET /system/mail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboxMessage {
    /// The message's id.
    pub id: uuid::Uuid,
    /// The message's subject line.
    pub subject: String,
    /// The recipient.
    pub recipient: Email,
    /// Whether the message was delivered.
    pub state: OutboxState,
    /// The number of attempts to deliver it.
    pub attempts: i32,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// The text, if it was written to the folder of the node that answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// When the message was queued.
    pub created_at: Timestamp,
}

/// Whether a message was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// It is delivered soon, or again after a failure.
    Waiting,
    /// It was delivered.
    Sent,
    /// It couldn't be delivered, and isn't tried again.
    Failed,
}
