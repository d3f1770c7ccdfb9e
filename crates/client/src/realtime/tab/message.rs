//! What the tabs of one browser say to each other.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::realtime::StreamStatus;
use contract::event::PresenceSnapshot;
use contract::{Cursor, StreamMessage};

/// Names a tab, as long as its page lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TabId(pub Uuid);

/// One message on the channel. It reaches every other tab. Without a tag inside: reading one takes
/// much code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TabMessage {
    /// A tab opened; its page's data was read from that cursor on. Asks for what came since.
    Hello {
        /// Who.
        from: TabId,
        /// From where on it must hear.
        cursor: Cursor,
        /// Whether somebody looks at it.
        visible: bool,
    },
    /// Somebody begins or stops looking at a tab.
    Visibility {
        /// Which.
        from: TabId,
        /// Whether somebody looks.
        visible: bool,
    },
    /// A tab closes.
    Bye {
        /// Which.
        from: TabId,
    },
    /// Another tab leads from now on: whoever follows says hello.
    Leads,
    /// The answer to a hello: what came after its cursor.
    Replay {
        /// To whom.
        to: TabId,
        /// In order.
        messages: Vec<StreamMessage>,
        /// Where the stream stands then.
        cursor: Cursor,
        /// How it stands.
        status: StreamStatus,
    },
    /// The answer to a hello whose cursor is too old: read everything again.
    Resync {
        /// To whom.
        to: TabId,
        /// Where the stream stands.
        cursor: Cursor,
        /// How it stands.
        status: StreamStatus,
    },
    /// A message of the stream.
    Change {
        /// What it said.
        message: Box<StreamMessage>,
        /// Where the stream stands then.
        cursor: Cursor,
    },
    /// Read everything again.
    Reset {
        /// Where the stream goes on from.
        cursor: Cursor,
    },
    /// How and where the stream stands.
    State {
        /// How.
        status: StreamStatus,
        /// Where.
        cursor: Cursor,
    },
    /// Who is here now.
    PresenceSnapshot {
        /// All of them.
        here: PresenceSnapshot,
    },
}
