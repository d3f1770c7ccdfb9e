//! Memberships: which users belong to an organization, and their roles.

pub mod join;
pub mod last_admin;
pub mod lock;
pub mod members_page;
pub mod of_user;
pub mod remove;
pub mod row;
pub mod update;

use axum::Router;
use axum::routing::patch;

use super::Api;

/// `/memberships/{id}`
pub fn routes() -> Router<Api> {
    let one = patch(update::update_membership).delete(remove::remove_membership);
    Router::new().route("/memberships/{id}", one)
}
