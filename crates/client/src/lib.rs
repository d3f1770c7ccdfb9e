//! The data layer of the pages: the typed API client, the query caches, and the stream hooks that
//! keep the caches up to date.

pub mod api;
pub mod cache;
pub mod effect;
pub mod passkeys;
pub mod realtime;
pub mod retry;
