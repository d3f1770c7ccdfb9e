//! Whether the process lives.

use axum::Router;
use axum::routing::get;

use super::Api;

/// `GET /healthz`
pub fn routes() -> Router<Api> {
    Router::new().route("/healthz", get(healthz))
}

/// The process answers. Says nothing about what it depends on: a restart wouldn't mend that.
async fn healthz() -> &'static str {
    "ok"
}
