//! Who is here: the members who have an organization open now, on any node.
//!
//! It is the present and no history, so no part of the log. A stream of an organization has a
//! [`Visit`]: by it its reader counts as here, and hears who else is. Each node keeps the table
//! `presences` true of its own visits, and reads there of the others ([`rounds`]). No stream ever
//! waits for that: while the database is away, who was here stays on the screens.

mod rounds;
mod table;
mod visit;

pub use visit::{Presence, Visit};
