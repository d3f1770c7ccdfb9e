//! The queries that pages show, and how each stream message patches them.
//!
//! A query is a plain value with two functions: `fetch` reads it through the [`api`](crate::api),
//! [`Patch`] applies a stream message to it. [`live_query()`] turns it into a signal that the stream
//! keeps up to date, as long as [`Caches`] are provided above. To add a query, add a file here with
//! its type, `fetch` and `Patch`; nothing else needs to know it. Resources of organizations (such as
//! notes) need no file of their own: [`ResourceList`] covers them.

mod activities;
mod admins;
mod applied_positions;
mod caches;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod linked_invitation;
mod live_query;
mod lookalikes;
mod me;
mod members;
mod memo;
mod menu;
mod merge;
mod my_invitations;
mod my_sessions;
mod opened_link;
mod organization_detail;
mod outbox;
mod patch;
mod pending_invitations;
mod recent_activity;
mod refetch_debounce;
mod resource_list;
mod retained_queries;
mod sign_in_methods;
mod system_state;
#[cfg(test)]
mod tests;
mod two_factor;
mod yield_to_browser;

pub use activities::Activities;
pub use admins::OrganizationAdmins;
pub use applied_positions::AppliedPositions;
pub use caches::Caches;
pub use linked_invitation::LinkedInvitation;
pub use live_query::{LiveQuery, live_query};
pub use lookalikes::Lookalikes;
pub use members::{Completeness, Members, compare_by_name};
pub use memo::memo;
pub use menu::{Menu, OptimisticMenu, PendingChange, orders_after_move};
pub use my_invitations::MyInvitations;
pub use my_sessions::MySessions;
pub use opened_link::OpenedLink;
pub use organization_detail::{AccessLoss, OrganizationDetail};
pub use outbox::Outbox;
pub use patch::{Patch, Patched};
pub use pending_invitations::PendingInvitations;
pub use recent_activity::RecentActivity;
pub use refetch_debounce::refetch_on_message;
pub use resource_list::ResourceList;
pub use system_state::SystemState;
pub use two_factor::TwoFactor;
