//! The stream's status as the page shows it.

use serde::{Deserialize, Serialize};

use contract::event::EndCode;

/// How current the page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamStatus {
    /// Connecting, or waiting for the next attempt.
    Connecting,
    /// Connected; missed messages are arriving.
    CatchingUp,
    /// Connected; changes show as they happen.
    Live,
    /// Connected, but the server reports that its change capture lags: the page may be outdated.
    Degraded,
    /// The browser has no network.
    Offline,
    /// Disconnected for good, for that reason.
    Ended(EndCode),
}
