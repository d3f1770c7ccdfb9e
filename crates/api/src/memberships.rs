//! Who belongs to an organization, and as what.

pub mod join;
pub mod last_admin;
pub mod locked;
pub mod mine;
pub mod of_organization;
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
