//! The audit trail: the log, as the members of an organization read it.
//!
//! Beside `modules`, which know no history, and `stream`, which tells it as it happens.

mod endpoint;
mod lately;
mod telling;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::modules::Api;

/// `/organizations/{id}/activities` and `/me/activities`
pub fn router(api: Api) -> Router {
    Router::new()
        .route("/organizations/{id}/activities", get(endpoint::trail))
        .route("/me/activities", get(lately::lately))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ))
        .with_state(api)
}

#[cfg(test)]
mod tests;
