//! The commands of the decision core to the browser.

use std::time::Duration;

use super::message::TabMessage;
use crate::realtime::StreamStatus;
use contract::event::PresenceSnapshot;
use contract::{Cursor, StreamMessage};

/// One side effect. They are executed in the order in which they are returned.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Open the stream from that cursor.
    Connect(Cursor),
    /// Close the stream.
    Disconnect,
    /// Ask the server whether the session is still valid: a failed `EventSource` doesn't say why.
    CheckSession,
    /// Report `StreamInput::TimerFired` after that time. Replaces the same timer if it runs.
    StartTimer(Timer, Duration),
    /// Stop that timer if it runs.
    StopTimer(Timer),
    /// Patch the caches with that message.
    Apply(Box<StreamMessage>),
    /// Fetch every live query again.
    Refetch,
    /// Show the person that status.
    ShowStatus(StreamStatus),
    /// Show the person who is present.
    ShowPresence(PresenceSnapshot),
    /// Send that message to the other tabs.
    Broadcast(TabMessage),
    /// Request the lock, and wait until the other tabs in line have had it.
    RequestLock,
    /// Take the lock from the tab that holds it.
    StealLock,
    /// Release the lock, so that another tab can lead.
    ReleaseLock,
}

/// The timers of a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// Until the next connection attempt.
    Retry,
    /// How long a working connection may be silent.
    Watchdog,
    /// How long a connection must last before it resets the back-off.
    Stable,
    /// How long all tabs may be hidden before the stream disconnects.
    Idle,
    /// How long a leading tab may be silent before a follower asks whether it is alive, and then
    /// how long it may take to answer.
    Leader,
}
