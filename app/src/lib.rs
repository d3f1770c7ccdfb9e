//! The user interface: shell, routes, pages and components, for the server and the browser.

pub mod app;
pub mod clock;
pub mod components;
mod cookies;
pub mod drafts;
pub mod error_text;
pub mod pages;
pub mod status;
pub mod theme;

pub use app::{App, shell};
