//! Memberships: which users belong to an organization, and their roles.

pub mod join;
pub mod last_admin;
pub mod lock;
pub mod members_page;
pub mod of_user;
pub mod remove;
pub mod row;
pub mod update;

use super::Api;
use crate::routes::{Audience, Routes};

/// `/memberships/{id}`
pub fn routes() -> Routes<Api> {
    Routes::new()
        .patch("/memberships/{id}", Audience::SubjectAndAdmins, update::update_membership)
        .delete("/memberships/{id}", Audience::SubjectAndAdmins, remove::remove_membership)
}
