//! The health of the log.

use contract::event::Health;

/// Whether the log keeps up with the database. The CDC worker publishes it, and streams send it to
/// clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHealth {
    /// Whether changes reach the log as they are committed.
    pub status: Health,
    /// How long ago the log was last known to be complete, in milliseconds; 0 when it is complete.
    pub lag_ms: u64,
}

impl Default for LogHealth {
    fn default() -> Self {
        Self { status: Health::Ok, lag_ms: 0 }
    }
}
