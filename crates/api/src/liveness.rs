//! The liveness probe.

use axum::Router;
use axum::routing::get;

use super::Api;

/// `GET /healthz`
pub fn routes() -> Router<Api> {
    Router::new().route("/healthz", get(healthz))
}

/// Always succeeds. It doesn't check the database, because a restart wouldn't repair that.
async fn healthz() -> &'static str {
    "ok"
}
