//! The events of the stream. `docs/protocol.md` says when each is sent.

use serde::{Deserialize, Serialize};

use super::cursor::Cursor;
use super::message::StreamMessage;
use super::view::UserView;

/// How the part behind the stream (WAL, CDC worker, log) is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Changes reach the log as they are committed.
    Ok,
    /// They don't, or late: what is on the screen may be old.
    Degraded,
}

/// Catch-up is complete, what follows is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offset {
    /// Where to resume from.
    pub cursor: Cursor,
    /// How far the log is behind the database, in milliseconds.
    pub lag_ms: u64,
}

/// The link is alive. Sent in silence, every 20 s (±20 %).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ping {
    /// Where to resume from: moves a quiet reader forward.
    pub cursor: Cursor,
    /// How the part behind the stream is doing.
    pub health: Health,
    /// How far the log is behind the database, in milliseconds.
    pub lag_ms: u64,
}

/// Why a cursor can't be honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// It belongs to another log.
    UnknownEpoch,
    /// What follows it was dropped.
    TooOld,
    /// The log hasn't come that far.
    AheadOfLog,
    /// More has changed than catch-up sends.
    TooFarBehind,
}

/// The cursor can't be honoured: drop what is cached, read it again, go on from this cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reset {
    /// Where to go on from.
    pub cursor: Cursor,
    /// Why.
    pub reason: ResetReason,
}

/// Why the server ends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCode {
    /// Signed out, ended from another device, or expired.
    SessionEnded,
    /// The account is gone.
    UserDeleted,
    /// No longer a member (organization stream).
    AccessLost,
    /// This user has too many streams open.
    TooManyStreams,
    /// The server has too many streams open.
    Overloaded,
    /// The server is being stopped.
    Draining,
    /// The stream has been open for long enough.
    Lifetime,
    /// The log was rebuilt.
    ResetRequired,
}

impl EndCode {
    /// Whether a client should connect again.
    #[must_use]
    pub const fn reconnect(self) -> bool {
        !matches!(self, Self::SessionEnded | Self::UserDeleted | Self::AccessLost)
    }
}

/// The server ends the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// Why.
    pub code: EndCode,
    /// Whether to connect again.
    pub reconnect: bool,
    /// How long to wait before that, in milliseconds.
    pub retry_after_ms: u64,
}

/// Who has the organization open now, as a whole: one that is missed doesn't matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PresenceSnapshot {
    /// The first of them by name, without their addresses.
    pub people: Vec<UserView>,
    /// How many there are.
    pub total: i64,
}

/// One event of the stream, as a client reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// One activity.
    Change(Box<StreamMessage>),
    /// What follows is live.
    Offset(Offset),
    /// Still alive.
    Ping(Ping),
    /// Read everything again.
    Reset(Reset),
    /// No more.
    End(End),
    /// Who is here (organization stream).
    Presence(PresenceSnapshot),
}

impl StreamEvent {
    /// The names on the wire of all events, in the order of the variants.
    pub const NAMES: [&'static str; 6] = ["change", "offset", "ping", "reset", "end", "presence"];

    /// Reads an event of that name with that data.
    ///
    /// # Errors
    /// When the name is unknown or the data isn't what the name promises.
    pub fn parse(name: &str, data: &str) -> Result<Self, serde_json::Error> {
        use serde::de::Error as _;
        match name {
            "change" => serde_json::from_str(data).map(Self::Change),
            "offset" => serde_json::from_str(data).map(Self::Offset),
            "ping" => serde_json::from_str(data).map(Self::Ping),
            "reset" => serde_json::from_str(data).map(Self::Reset),
            "end" => serde_json::from_str(data).map(Self::End),
            "presence" => serde_json::from_str(data).map(Self::Presence),
            other => Err(serde_json::Error::custom(format!("unknown event `{other}`"))),
        }
    }
}
