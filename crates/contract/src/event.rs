//! The events of the stream. `docs/protocol.md` specifies when each is sent.

use serde::{Deserialize, Serialize};

use super::cursor::Cursor;
use super::message::StreamMessage;
use super::view::UserView;

/// The state of the pipeline behind the stream: WAL, CDC worker and activity log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Changes reach the log right after they are committed.
    Ok,
    /// Changes reach the log late or not at all, so that pages may show old data.
    Degraded,
}

/// Catch-up is complete; the messages that follow are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offset {
    /// The cursor to resume from.
    pub cursor: Cursor,
    /// How far the log is behind the database, in milliseconds.
    pub lag_ms: u64,
}

/// The connection is alive. Sent every 20 s (±20 %) while there is nothing else to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ping {
    /// The cursor to resume from. It moves readers forward that receive no messages.
    pub cursor: Cursor,
    /// The state of the pipeline behind the stream.
    pub health: Health,
    /// How far the log is behind the database, in milliseconds.
    pub lag_ms: u64,
}

/// Why the stream can't resume from a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The cursor belongs to another log.
    UnknownEpoch,
    /// The log no longer keeps the activities after the cursor.
    TooOld,
    /// The log hasn't reached the cursor.
    AheadOfLog,
    /// More changes follow the cursor than catch-up sends.
    TooFarBehind,
}

/// The stream can't resume: the client drops its caches, reads again and continues from `cursor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reset {
    /// The cursor to continue from.
    pub cursor: Cursor,
    /// Why the stream can't resume.
    pub reason: ResetReason,
}

/// Why the server ends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCode {
    /// The user signed out here or from another device, or the session expired.
    SessionEnded,
    /// The account was deleted.
    UserDeleted,
    /// The user is no longer a member (organization stream only).
    AccessLost,
    /// The user has too many streams open.
    TooManyStreams,
    /// The server has too many streams open.
    Overloaded,
    /// The server is shutting down.
    Draining,
    /// The stream has reached its maximum lifetime.
    Lifetime,
    /// The log was rebuilt.
    ResetRequired,
}

impl EndCode {
    /// Whether the client should reconnect.
    #[must_use]
    pub const fn reconnect(self) -> bool {
        !matches!(self, Self::SessionEnded | Self::UserDeleted | Self::AccessLost)
    }
}

/// The server ends the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// Why the stream ends.
    pub code: EndCode,
    /// Whether the client should reconnect.
    pub reconnect: bool,
    /// How long to wait before reconnecting, in milliseconds.
    pub retry_after_ms: u64,
}

/// The people who have the organization open. Each snapshot is complete, so that a lost one doesn't
/// matter once the next arrives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PresenceSnapshot {
    /// The first people by name, without their email addresses.
    pub people: Vec<UserView>,
    /// The number of all people, also of those that aren't listed.
    pub total: i64,
}

/// One event of the stream, as a client reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// One activity.
    Change(Box<StreamMessage>),
    /// Catch-up is complete.
    Offset(Offset),
    /// The connection is alive.
    Ping(Ping),
    /// The stream can't resume.
    Reset(Reset),
    /// The server ends the stream.
    End(End),
    /// The people who have the organization open (organization stream only).
    Presence(PresenceSnapshot),
}

impl StreamEvent {
    /// The event names on the wire, in the order of the variants.
    pub const NAMES: [&'static str; 6] = ["change", "offset", "ping", "reset", "end", "presence"];

    /// Parses an event from its `event` and `data` fields (WHATWG HTML 9.2.6).
    ///
    /// # Errors
    /// When the name is unknown or the data doesn't have the event's shape.
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
