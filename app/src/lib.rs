//! What browser and server share: the wire, the typed client, the caches, the hook and the pages.

pub mod api;
pub mod app;
pub mod cache;
pub mod clock;
pub mod components;
pub mod contract;
mod cookies;
pub mod effect;
pub mod error_text;
pub mod order;
pub mod pages;
pub mod realtime;
pub mod status;
pub mod theme;

pub use app::{App, shell};
