//! Whether the log keeps up with the database.

use contract::event::Health;

/// How the log is doing, as the CDC worker publishes it and the streams pass it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHealth {
    /// Whether changes reach the log as they are committed.
    pub status: Health,
    /// How long ago the log was last known to be complete, in milliseconds; 0 when it is.
    pub lag_ms: u64,
}

impl Default for LogHealth {
    fn default() -> Self {
        Self { status: Health::Ok, lag_ms: 0 }
    }
}
