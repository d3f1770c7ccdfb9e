//! What the deciding parts want done.

use std::time::Duration;

use super::message::TabMessage;
use crate::realtime::StreamStatus;
use contract::event::PresenceSnapshot;
use contract::{Cursor, StreamMessage};

/// One thing to do in the browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Open the stream from there.
    Connect(Cursor),
    /// Close it.
    Disconnect,
    /// Ask whether there is still a session: a failed `EventSource` doesn't say why.
    Probe,
    /// Call back after that time, instead of whenever that timer was set to before.
    Schedule(Timer, Duration),
    /// Don't call back.
    Cancel(Timer),
    /// Patch the caches.
    Apply(Box<StreamMessage>),
    /// Read the caches again.
    Refetch,
    /// Tell the person.
    Show(StreamStatus),
    /// Tell them who is here.
    Meet(PresenceSnapshot),
    /// Tell the other tabs.
    Tell(TabMessage),
    /// Let another tab lead.
    Resign,
}

/// What can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// The next attempt to connect.
    Retry,
    /// The longest silence of a link that works.
    Watchdog,
    /// How long a connection must hold until earlier failures don't count.
    Settled,
    /// How long nobody may look before the stream is let go.
    Unseen,
    /// The longest silence of a leading tab.
    Leader,
}
