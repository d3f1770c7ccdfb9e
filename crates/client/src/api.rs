//! The typed API client: one function per endpoint, in a module named after its path.
//!
//! The functions run in the browser and while the server renders a page. Only the transport
//! differs; see [`transport`].

pub mod activities;
pub mod auth;
pub mod invitations;
pub mod me;
pub mod memberships;
pub mod organizations;
pub mod resources;
pub mod system;
pub mod transport;
mod unanswered;

#[cfg(any(feature = "hydrate", test))]
pub(crate) mod expected_user;
mod own_mutations;

pub use own_mutations::is_own_mutation;
#[cfg(feature = "ssr")]
pub use transport::ServerTransport;
