//! The messages between the tabs of one browser.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::realtime::StreamStatus;
use contract::event::PresenceSnapshot;
use contract::{Cursor, StreamMessage};

/// Identifies a tab while its page is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TabId(pub Uuid);

/// One leadership of one tab. The leader with the highest term is the current one: a tab that stood
/// still while another one took over can still send messages of its former term.
///
/// The number is the time in milliseconds at which the leadership began, or one more than the highest
/// known number, so that a tab that has just opened and knows none gets a higher one as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Term {
    /// Rises with each leadership.
    pub number: u64,
    /// The leader. Decides between two leaders that began in the same millisecond.
    pub leader: TabId,
}

impl Term {
    /// Returns the term of a leadership that begins at `now`, after all `known` ones.
    pub(super) fn next(known: Option<Self>, leader: TabId, now: u64) -> Self {
        let after_known = known.map_or(0, |term| term.number.saturating_add(1));
        Self { number: now.max(after_known), leader }
    }
}

/// One message on the `BroadcastChannel`, which delivers it to every other tab. Externally tagged,
/// because deserializing an internal tag takes much more code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TabMessage {
    /// A tab has opened. Asks the leader for the messages since its cursor.
    Hello {
        /// The new tab.
        from: TabId,
        /// The log's position before its page's data was read.
        cursor: Cursor,
        /// Whether the tab is visible.
        visible: bool,
    },
    /// A tab has become visible or hidden.
    Visibility {
        /// The tab.
        from: TabId,
        /// Whether it is visible now.
        visible: bool,
    },
    /// A tab closes.
    Bye {
        /// The tab.
        from: TabId,
    },
    /// A follower hasn't heard from the leader for a while. The leader answers with its state.
    Probe,
    /// A message of the leader.
    FromLeader(Term, LeaderMessage),
}

/// A message of the leader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaderMessage {
    /// The sender leads from now on. Followers answer with `Hello`.
    Leads,
    /// The answer to `Hello`: the messages after its cursor.
    Replay {
        /// The tab that asked.
        to: TabId,
        /// In order of their positions.
        messages: Vec<StreamMessage>,
        /// The stream's cursor after these messages.
        cursor: Cursor,
        /// The stream's status.
        status: StreamStatus,
    },
    /// The answer to `Hello` when the leader no longer has the messages: fetch everything again.
    Resync {
        /// The tab that asked.
        to: TabId,
        /// The stream's cursor.
        cursor: Cursor,
        /// The stream's status.
        status: StreamStatus,
    },
    /// A message of the stream.
    Change {
        /// The message.
        message: Box<StreamMessage>,
        /// The stream's cursor after it.
        cursor: Cursor,
    },
    /// Fetch everything again.
    Reset {
        /// The cursor from which the stream continues.
        cursor: Cursor,
    },
    /// The stream's status or cursor has changed.
    State {
        /// The status.
        status: StreamStatus,
        /// The cursor.
        cursor: Cursor,
    },
    /// The people who are present in the organization now.
    #[serde(rename = "here")]
    Presence {
        /// Everybody who is present.
        #[serde(rename = "here")]
        snapshot: PresenceSnapshot,
    },
}
