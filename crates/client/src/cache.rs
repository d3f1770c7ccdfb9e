//! What the pages show: each query, and how a message of the stream patches it.
//!
//! A query is a plain value with two functions: one reads it through the [`api`](crate::api), one
//! patches it ([`Patch`]). [`live_query()`] makes a signal of it that follows the stream, as long as
//! [`Caches`] are provided above. To add one: a file here with the type, its `fetch` and its
//! `Patch`; nothing else has to know it. For what organizations hold all is there:
//! [`ResourceList`].

mod activities;
mod admins;
mod breath;
mod caches;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod flight;
mod follow;
mod kept;
mod linked_invitation;
mod live_query;
mod me;
mod members;
mod menu;
mod merge;
mod my_invitations;
mod my_sessions;
mod organization_detail;
mod pace;
mod patch;
mod pending_invitations;
mod reading_again;
mod recent_activity;
mod resource_list;
pub mod retry;
mod seen;
mod system_state;
#[cfg(test)]
mod tests;

pub use activities::Activities;
pub use admins::Admins;
pub use caches::Caches;
pub use follow::follow;
pub use linked_invitation::LinkedInvitation;
pub use live_query::{LiveQuery, live_query};
pub use members::{Members, by_name};
pub use menu::{Menu, OptimisticMenu, PendingChange, placing};
pub use my_invitations::MyInvitations;
pub use my_sessions::MySessions;
pub use organization_detail::{Departure, OrganizationDetail};
pub use patch::{Patch, Patched};
pub use pending_invitations::PendingInvitations;
pub use reading_again::read_again;
pub use recent_activity::RecentActivity;
pub use resource_list::ResourceList;
pub use seen::Seen;
pub use system_state::SystemState;
