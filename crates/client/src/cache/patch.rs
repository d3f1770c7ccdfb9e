//! What a query must know to stay true.

use contract::{StreamMessage, UserId};

/// What a message did to a query. The greater says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use]
pub enum Patched {
    /// It concerns something else, or is known already.
    Unchanged,
    /// The query shows it now.
    Changed,
    /// The reader may see more or less than before; only reading again tells what.
    Stale,
}

impl Patched {
    /// What both did together.
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// [`Changed`](Self::Changed) when `changed`.
    pub(super) const fn when(changed: bool) -> Self {
        if changed { Self::Changed } else { Self::Unchanged }
    }
}

/// A query's value that messages keep true.
///
/// Applying is idempotent: an entity counts only when its version is newer than the held one, so
/// a message that was applied before, or comes after a fresher read, changes nothing.
pub trait Patch {
    /// Applies what the message says of this value, as `reader` sees it.
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched;
}
