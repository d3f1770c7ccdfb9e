//! The endpoints for monitoring: `/metrics`, and `/readyz` with reasons and positions.
//!
//! Both describe the database and the load of the node, so they aren't for everyone. They have a listener
//! of their own (`ADMIN_ADDRESS`). Without it, a server that only this machine reaches tells them on its
//! main listener, and one that others reach tells them nobody. `/healthz` and the bare status of
//! `/readyz` are for proxies, on both listeners.

use api::allowed_hosts::{FromTrustedProxy, host_of, is_loopback};
use api::error::ApiFailure;
use api::response_headers::{Transport, set_headers};
use api::routes::{Audience, Routes};
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use http::header::FORWARDED;

use crate::config::Config;
use crate::exposure;
use crate::liveness;
use crate::metrics;
use crate::node_health::NodeHealth;
use crate::readiness::{self, Readiness};

/// The clients to which the main listener tells the details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetailsAccess {
    /// Nobody.
    Nobody,
    /// Programs on this machine that ask without a proxy.
    ThisMachine,
}

impl DetailsAccess {
    /// Returns the access that the configuration grants.
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

/// The state of the probes on the main listener.
#[derive(Clone, Debug)]
pub struct Monitoring {
    readiness: Readiness,
    access: DetailsAccess,
}

impl FromRef<Monitoring> for NodeHealth {
    fn from_ref(state: &Monitoring) -> Self {
        state.readiness.node_health.clone()
    }
}

/// Returns the probes and metrics on the main listener. Whom they tell details is checked by the
/// handlers.
pub fn main_routes() -> Routes<Monitoring> {
    Routes::new()
        .get("/readyz", Audience::Anyone, readyz)
        .get("/metrics", Audience::Anyone, metrics)
        .get("/healthz", Audience::Anyone, liveness::healthz)
}

/// Returns the router of the probes and metrics on the main listener.
pub fn main_router(readiness: Readiness, access: DetailsAccess) -> Router {
    main_routes().into_router().with_state(Monitoring { readiness, access })
}

/// Returns the whole router of the listener at `ADMIN_ADDRESS`. It has no names to protect, so it
/// answers under every host.
pub fn admin_router(readiness: Readiness) -> Router {
    Routes::new()
        .get("/readyz", Audience::Anyone, readiness::readyz)
        .get("/metrics", Audience::Anyone, metrics::metrics)
        .get("/healthz", Audience::Anyone, liveness::healthz)
        .into_router()
        .with_state(readiness)
        .layer(middleware::from_fn_with_state(Transport::Http, set_headers))
}

async fn readyz(State(monitoring): State<Monitoring>, request: Request) -> Response {
    let readiness = monitoring.readiness.clone();
    match monitoring.access.allows(&request) {
        true => readiness::readyz(State(readiness)).await,
        false => readiness::bare_readyz(&readiness).await,
    }
}

async fn metrics(State(monitoring): State<Monitoring>, request: Request) -> Response {
    if !monitoring.access.allows(&request) {
        return ApiFailure::not_found("Metrics are served at ADMIN_ADDRESS only.").into_response();
    }
    metrics::metrics(State(monitoring.readiness.clone())).await.into_response()
}

#[cfg(test)]
mod tests;
