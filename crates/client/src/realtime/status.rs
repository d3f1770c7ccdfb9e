//! What a person is told about the stream.

use serde::{Deserialize, Serialize};

use contract::event::EndCode;

/// How true the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamStatus {
    /// On the way to the server, or waiting to try again.
    Connecting,
    /// Connected; what was missed is on its way.
    CatchingUp,
    /// Changes show as they happen.
    Live,
    /// Connected, but the part behind the server is late: what is on the screen may be old.
    Degraded,
    /// The browser has no network.
    Offline,
    /// It will not connect again.
    Ended(EndCode),
}
