//! The system page's data for system admins: the nodes, the log and the replication slot.
//!
//! It lives in `server` because it reads the CDC worker and the streams, on which `api` doesn't
//! depend.

mod endpoint;
mod nodes;

use axum::Router;
use axum::extract::FromRef;
use contract::NodeId;

use crate::load_history::LoadHistory;
use crate::readiness::Readiness;
use api::Api;
use api::routes::{Audience, Routes};

pub use nodes::{Node, report_node};

/// The state of the endpoint.
#[derive(Clone, Debug)]
pub struct SystemState {
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

/// `/system/state`
pub fn routes() -> Routes<SystemState> {
    Routes::new().get("/system/state", Audience::SystemAdmins, endpoint::state)
}

/// Returns the router of the system page's data. `node` is the id of this node, and `load` its history.
pub fn router(api: Api, readiness: Readiness, node: NodeId, load: LoadHistory) -> Router {
    routes().into_router().with_state(SystemState { api, readiness, node, load })
}
