//! The typed client: one function an endpoint, named after its path.
//!
//! The same functions run in the browser and while the server renders a page; only what carries
//! the request differs, see [`transport`].

pub mod activities;
pub mod auth;
pub mod invitations;
pub mod me;
pub mod memberships;
pub mod organizations;
pub mod resources;
pub mod system;
pub mod transport;

mod echo;

pub use echo::is_own;
#[cfg(feature = "ssr")]
pub use transport::ServerTransport;
