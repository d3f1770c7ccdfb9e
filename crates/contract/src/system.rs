//! How the system is doing, as its admins see it.

use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, Position};
use super::event::Health;
use super::id::NodeId;
use super::time::Timestamp;

/// `GET /system/state`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemView {
    /// When this was so.
    pub at: Timestamp,
    /// Which of the nodes answered.
    pub answered_by: NodeId,
    /// Whether changes reach the log as they are committed.
    pub health: Health,
    /// The servers that were heard of within the last 30 seconds, the oldest first.
    pub nodes: Vec<NodeView>,
    /// The activity log.
    pub log: LogView,
    /// The logical replication slots of the database.
    pub slots: Vec<SlotView>,
    /// The WAL budget of our slot; absent while Postgres can't be asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wal: Option<WalView>,
    /// The newest incidents, the newest first.
    pub incidents: Vec<IncidentView>,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[serde(rename_all = "camelCase")]
pub struct NodeView {
    /// Its id, another one each time it starts.
    pub id: NodeId,
    /// Where it listens.
    pub address: String,
    /// Which version it runs.
    pub version: String,
    /// What it does for the log.
    pub role: NodeRole,
    /// How many streams are open there.
    pub streams: i64,
    /// How far the log is behind the database as it sees it, in milliseconds.
    pub lag_ms: i64,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
}

/// What a server does for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "lowercase")
)]
#[serde(rename_all = "lowercase")]
pub enum NodeRole {
    /// It holds the slot and writes the log.
    Holder,
    /// It is ready to take over.
    Standby,
    /// It can't reach Postgres, or not read from it.
    Disconnected,
}

impl NodeRole {
    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Holder => "Writer",
            Self::Standby => "Standby",
            Self::Disconnected => "Disconnected",
        }
    }
}

/// The activity log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogView {
    /// Its newest place.
    pub head: Cursor,
    /// The newest place that was dropped.
    pub horizon: Position,
    /// In how many partitions it is.
    pub partitions: i64,
    /// How much room it takes, indexes included.
    pub bytes: i64,
}

/// A place that Postgres keeps in its WAL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[serde(rename_all = "camelCase")]
pub struct SlotView {
    /// What it is called.
    pub name: String,
    /// Whether somebody reads from it.
    pub active: bool,
    /// Postgres' word for whether what it needs is still there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wal_status: Option<String>,
    /// How much WAL is kept for it.
    pub retained_bytes: i64,
}

/// How much WAL the slot makes Postgres keep, and how much it may.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WalView {
    /// How much is kept.
    pub retained_bytes: u64,
    /// How much may be kept; absent when the disk is the limit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit_bytes: Option<u64>,
    /// The share of that which is used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub share: Option<f64>,
    /// How fast it has grown over the last minute.
    pub burn_bytes_per_second: f64,
    /// When it is used up at that rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exhausted_in_seconds: Option<f64>,
}

/// Something an operator should know about the log's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[serde(rename_all = "camelCase")]
pub struct IncidentView {
    /// Its number.
    pub id: i64,
    /// What kind of thing happened.
    pub kind: String,
    /// What exactly.
    pub detail: String,
    /// When.
    pub happened_at: Timestamp,
}
