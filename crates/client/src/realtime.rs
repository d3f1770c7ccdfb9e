//! The streams in the browser: hooks that keep a page's caches true. [`use_user_stream`] is on
//! every page, [`use_organization_stream`] where an organization's content is shown.
//!
//! What to do is decided by plain values that need no browser, so they are tested natively: `tab`
//! is one tab among those of a browser, following or leading, and its `machine` lives the life of
//! the stream. What they decide is done by `browser`, which holds `EventSource`, Web Lock,
//! `BroadcastChannel` and timers. What each event does in each state is in `docs/user-stream.md`.

#[cfg(feature = "hydrate")]
mod browser;
mod hook;
#[cfg(any(feature = "hydrate", test))]
mod source;
mod status;
#[cfg(any(feature = "hydrate", test))]
mod tab;

pub use hook::{FollowedStream, StreamOptions, use_organization_stream, use_user_stream};
pub use status::StreamStatus;
