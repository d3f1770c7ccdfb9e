//! Presence: which members have an organization open now, on any node.
//!
//! Presence isn't part of the activity log. An organization's stream holds a [`PresenceGuard`]: while
//! it exists its reader counts as present, and through it the stream receives the presence of the
//! others. Each node writes its own readers to the table `presences` and reads those of the other
//! nodes from it ([`sync`]). No stream waits for this: while the database is unavailable, the last
//! known presence stays on the screens.

mod sync;
mod table;
mod tracker;

pub use tracker::{Presence, PresenceGuard};
