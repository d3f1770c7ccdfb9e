//! The system page's data for system admins: the nodes, the log and the replication slot.
//!
//! It lives in `server` because it reads the CDC worker and the streams, on which `api` doesn't
//! depend.

mod endpoint;
mod nodes;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use contract::NodeId;

use crate::load_history::LoadHistory;
use crate::readiness::Readiness;
use api::Api;

pub use nodes::{Node, report_node};

/// The state of the endpoint.
#[derive(Clone, Debug)]
struct SystemState {
    api: Api,
    readiness: Readiness,
    node: NodeId,
    load: LoadHistory,
}

impl FromRef<SystemState> for Api {
    fn from_ref(state: &SystemState) -> Self {
        state.api.clone()
    }
}

/// `GET /system/state`. `node` is the id of this node, and `load` its history.
pub fn router(api: Api, readiness: Readiness, node: NodeId, load: LoadHistory) -> Router {
    Router::new().route("/system/state", get(endpoint::state)).with_state(SystemState {
        api,
        readiness,
        node,
        load,
    })
}
