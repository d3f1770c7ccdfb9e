//! The audit log: the activity log as the members of an organization read it.

mod endpoint;
mod recent;
mod render;

use axum::Router;
use axum::routing::get;

use crate::Api;

/// `/organizations/{id}/activities` and `/me/activities`
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/organizations/{id}/activities", get(endpoint::trail))
        .route("/me/activities", get(recent::lately))
}

#[cfg(test)]
mod tests;
