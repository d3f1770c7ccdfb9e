//! The audit log and the recent activity: what members read of the activity log.

mod list;
mod recent;
mod render;

use axum::Router;
use axum::routing::get;

use crate::Api;

/// `/organizations/{id}/activities` and `/me/activities`
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/organizations/{id}/activities", get(list::list_audit_log))
        .route("/me/activities", get(recent::list_recent_activity))
}

#[cfg(test)]
mod tests;
