//! How the system is doing, for its admins: this node and the others, the log, the slot.
//!
//! Beside `modules`, which know neither the log nor the streams.

mod endpoint;
mod nodes;

use axum::Router;
use axum::extract::FromRef;
use axum::http::{HeaderValue, header};
use axum::routing::get;
use contract::NodeId;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::readiness::Readiness;
use api::Api;

pub use nodes::{Node, tell};

/// What the endpoint works with.
#[derive(Clone, Debug)]
struct SystemState {
    api: Api,
    readiness: Readiness,
    node: NodeId,
}

impl FromRef<SystemState> for Api {
    fn from_ref(state: &SystemState) -> Self {
        state.api.clone()
    }
}

/// `/system/state`, answered by that node.
pub fn router(api: Api, readiness: Readiness, node: NodeId) -> Router {
    Router::new()
        .route("/system/state", get(endpoint::state))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ))
        .with_state(SystemState { api, readiness, node })
}
