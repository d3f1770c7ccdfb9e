//! What browser and server share: the wire, the typed client, the caches, the hook and the pages.

pub mod app;
pub mod clock;
pub mod components;
mod cookies;
pub mod error_text;
pub mod pages;
pub mod status;
pub mod theme;

pub use app::{App, shell};
