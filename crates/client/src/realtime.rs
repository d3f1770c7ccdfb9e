//! The stream hooks, which keep a page's caches up to date: [`use_user_stream`] on every signed-in
//! page, [`use_organization_stream`] where an organization's resources are shown.
//!
//! - `tab`: the decisions, without I/O, tested natively: a tab follows or leads (`tab.rs`), and the
//!   leading tab's connection is a state machine (`tab/stream_machine.rs`).
//! - `browser`: executes the decisions with `EventSource`, Web Locks, `BroadcastChannel` and timers.
//!
//! `docs/user-stream.md` has a table of all states and events.

#[cfg(feature = "hydrate")]
mod browser;
mod hook;
mod status;
#[cfg(any(feature = "hydrate", test))]
mod stream_source;
#[cfg(any(feature = "hydrate", test))]
mod tab;

pub use hook::{StreamHandle, StreamOptions, use_organization_stream, use_user_stream};
pub use status::StreamStatus;
