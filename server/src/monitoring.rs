//! The endpoints for monitoring: `/metrics`, and `/readyz` with reasons and positions.
//!
//! Both describe the database and the load of the node, so they aren't for everyone. They have a listener
//! of their own (`ADMIN_ADDRESS`). Without it, a server that only this machine reaches tells them on its
//! main listener, and one that others reach tells them nobody. `/healthz` and the bare status of
//! `/readyz` are for proxies, on both listeners.

use std::sync::Arc;

use api::allowed_hosts::{FromTrustedProxy, host_of, is_loopback};
use api::error::ApiFailure;
use api::response_headers::{Transport, set_headers};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::FORWARDED;

use crate::config::Config;
use crate::exposure;
use crate::liveness;
use crate::metrics;
use crate::readiness::{self, Readiness};

/// Whom the main listener tells the details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetailsAccess {
    /// Nobody.
    Nobody,
    /// Programs on this machine that ask without a proxy.
    ThisMachine,
}

impl DetailsAccess {
    /// The access that the configuration grants.
    #[must_use]
    pub fn of_main_listener(config: &Config) -> Self {
        match config.admin_address.is_some() || exposure::is_exposed(config) {
            true => Self::Nobody,
            false => Self::ThisMachine,
        }
    }

    /// Whether this request may read the details. A proxy adds a header or names the host that its client
    /// asked for.
    fn allows(self, request: &Request) -> bool {
        let headers = request.headers();
        self == Self::ThisMachine
            && request.extensions().get::<FromTrustedProxy>().is_none()
            && !headers.contains_key("x-forwarded-for")
            && !headers.contains_key(FORWARDED)
            && host_of(request).is_some_and(is_loopback)
    }
}

#[derive(Clone, Debug)]
struct Monitoring {
    readiness: Readiness,
    access: DetailsAccess,
}

/// The probes and metrics on the main listener.
pub fn main_router(readiness: Readiness, access: DetailsAccess) -> Router {
    let node_health = readiness.node_health.clone();
    Router::new()
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(Monitoring { readiness, access }))
        .route("/healthz", get(liveness::healthz).with_state(node_health))
}

/// The whole router of the listener at `ADMIN_ADDRESS`. It has no names to protect, so it answers under
/// every host.
pub fn admin_router(readiness: Readiness) -> Router {
    let node_health = readiness.node_health.clone();
    Router::new()
        .route("/readyz", get(readiness::readyz))
        .route("/metrics", get(metrics::metrics))
        .with_state(readiness)
        .route("/healthz", get(liveness::healthz).with_state(node_health))
        .layer(middleware::from_fn_with_state(Transport::Http, set_headers))
}

async fn readyz(State(monitoring): State<Arc<Monitoring>>, request: Request) -> Response {
    let readiness = monitoring.readiness.clone();
    match monitoring.access.allows(&request) {
        true => readiness::readyz(State(readiness)).await,
        false => readiness::bare_readyz(&readiness).await,
    }
}

async fn metrics(State(monitoring): State<Arc<Monitoring>>, request: Request) -> Response {
    if !monitoring.access.allows(&request) {
        return ApiFailure::not_found("Metrics are served at ADMIN_ADDRESS only.").into_response();
    }
    metrics::metrics(State(monitoring.readiness.clone())).await.into_response()
}

#[cfg(test)]
mod tests;
