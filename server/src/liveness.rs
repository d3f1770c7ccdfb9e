//! `GET /healthz`: whether this process should go on running.

use axum::extract::State;
use http::StatusCode;

use crate::node_health::NodeHealth;

/// Answers 200, or 503 when the private Postgres can't be started again: then an orchestrator may move the
/// process elsewhere, and a person should look at the log. Doesn't depend on a database of another server.
pub async fn healthz(State(health): State<NodeHealth>) -> (StatusCode, &'static str) {
    if health.needs_restart() {
        return (StatusCode::SERVICE_UNAVAILABLE, "failing");
    }
    (StatusCode::OK, "ok")
}
