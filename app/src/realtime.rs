//! The stream in the browser: one hook, [`use_user_stream`], that keeps a page's caches true.
//!
//! What to do is decided by plain values that need no browser, so they are tested natively: `tab`
//! is one tab among those of a browser, following or leading, and its `machine` lives the life of
//! the stream. What they decide is done by `browser`, which holds `EventSource`, Web Lock,
//! `BroadcastChannel` and timers.

#[cfg(feature = "hydrate")]
mod browser;
mod hook;
mod status;
#[cfg(any(feature = "hydrate", test))]
mod tab;

pub use hook::{UserStream, UserStreamOptions, use_user_stream};
pub use status::StreamStatus;
