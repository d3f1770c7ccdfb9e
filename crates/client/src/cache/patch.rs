//! How a stream message updates a query's value.

use contract::{StreamMessage, UserId};

/// The effect of a message on a query. Ordered: the later variant includes the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use]
pub enum Patched {
    /// The message is about something else, or was applied before.
    Unchanged,
    /// The value contains the change now.
    Changed,
    /// The value can't be updated from the message; it must be fetched again. For example, the
    /// reader may see more or less than before.
    Stale,
}

impl Patched {
    /// Returns the effect of both together.
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// Returns [`Stale`](Self::Stale) if `stale`, else [`Unchanged`](Self::Unchanged).
    pub(super) const fn stale_when(stale: bool) -> Self {
        if stale { Self::Stale } else { Self::Unchanged }
    }

    /// Returns [`Changed`](Self::Changed) if `changed`, else [`Unchanged`](Self::Unchanged).
    pub(super) const fn when(changed: bool) -> Self {
        if changed { Self::Changed } else { Self::Unchanged }
    }
}

/// A query's value that stream messages keep up to date.
///
/// Patching must be idempotent: an entity replaces the cached one only if its version is newer, so
/// a redelivered message, or one older than the last fetch, changes nothing.
pub trait Patch {
    /// Applies a message as `reader` sees it.
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched;
}
