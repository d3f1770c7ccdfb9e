//! The REST API: extractors, handlers and their queries.
//!
//! Each module is an area, such as [`invitations`], and each file in it is an endpoint with its
//! handler, its queries and its tests. `routes` of a module lists its paths and who may use them;
//! [`routes()`] merges them.
//!
//! - **Reads** take [`SignedIn`](auth::session::SignedIn) and check permissions with
//!   [`organizations::access::find`].
//! - **Writes** take [`RequestActor`](auth::request_actor::RequestActor), begin a transaction with it,
//!   lock what the decision depends on (`organizations::access::lock_exclusive` or `lock_shared`), check
//!   permissions and then change tables. Sensitive ones take
//!   [`RecentlyProven`](auth::session::proof::RecentlyProven) instead.
//! - **Failures** are [`error::ApiFailure`], which maps to a status and a code in one place.
//!
//! Handlers only change tables; they send no events. Changes reach the streams through the WAL and
//! the activity log, and this crate can't depend on the streams or the CDC worker.

pub mod allowed_hosts;
pub mod audit_log;
pub mod auth;
mod blocking_gate;
pub mod client_address;
pub mod error;
pub mod extract;
pub mod fetch_metadata;
pub mod if_match;
pub mod invitations;
pub mod keyed_semaphore;
pub mod limits;
pub mod mail;
pub mod me;
pub mod memberships;
pub mod notes;
pub mod organizations;
mod paced_body;
pub mod paging;
pub mod pictures;
pub mod public_origin;
pub mod quotas;
pub mod repeated_request;
pub mod request_span;
mod resources;
pub mod response_headers;
pub mod routes;
pub mod row_count;
pub mod security_log;
pub mod sweep;
mod time_limit;
pub mod token;
pub mod wire;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod test_server;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::IntoResponse;
use sqlx::PgPool;
use tower_http::csrf::{CsrfLayer, ProtectionError, ProtectionErrorKind};

use crate::auth::cookie::InstanceId;
use crate::auth::oidc::Provider;
use crate::auth::session::loader::SessionLoader;
use crate::auth::write_limits::WriteLimits;
use crate::error::ApiFailure;
use crate::limits::Limits;
use crate::public_origin::PublicOrigin;
use crate::quotas::Quotas;
use crate::repeated_request::answer_repeats;
use crate::routes::{Audience, Routes};
use crate::security_log::SecurityKey;
use db::clock::Clock;

/// The maximum size of a body in bytes, except for pictures. The largest is a note of 10,000
/// characters, which take up to six bytes each in JSON.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The state of all handlers. Clones share it, as each request clones it for each of its layers.
#[derive(Clone, Debug)]
pub struct Api(Arc<ApiState>);

impl Api {
    /// The state for handlers.
    #[must_use]
    pub fn new(state: ApiState) -> Self {
        Self(Arc::new(state))
    }
}

impl Deref for Api {
    type Target = ApiState;

    fn deref(&self) -> &ApiState {
        &self.0
    }
}

/// The database, the settings and the limits that handlers share.
#[derive(Clone, Debug)]
pub struct ApiState {
    /// The pool of database connections.
    pub pool: PgPool,
    /// The sessions of requests.
    pub sessions: SessionLoader,
    /// The clock.
    pub clock: Clock,
    /// The settings.
    pub settings: Settings,
    /// The key of the hashes in the security log.
    pub security_key: SecurityKey,
    /// The changes that run at present.
    pub write_limits: WriteLimits,
    /// The budgets of clients.
    pub limits: Limits,
    /// The queue of messages.
    pub mail: mail::Mail,
    /// The OpenID provider with which people can sign in, if there is one.
    pub provider: Option<Provider>,
    /// The address that people open (`PUBLIC_URL`), if it is known.
    pub public_origin: Option<PublicOrigin>,
}

/// The settings of the API.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether users reach the server only over https. Cookies are then `Secure`.
    pub secure: bool,
    /// The instance's id, which is part of the cookie's name.
    pub instance: InstanceId,
    /// How many things an organization or an account may have.
    pub quotas: Quotas,
}

/// Returns the endpoints of all areas.
#[must_use]
pub fn routes() -> Routes<Api> {
    Routes::new()
        .merge(auth::routes())
        .merge(me::routes())
        .merge(organizations::routes())
        .merge(memberships::routes())
        .merge(invitations::routes())
        .merge(notes::routes())
        .merge(pictures::routes())
        .merge(audit_log::routes())
        .get("/system/mail", Audience::SystemAdmins, mail::outbox::outbox)
}

/// Returns the router of the API. The caller adds the layers [`error::write_envelope`] and, around it,
/// [`request_span::trace_request`].
///
/// Changes are accepted from pages of its `public_origin`, whatever `Host` a proxy sends, and of the address
/// that the request was sent to.
pub fn router(api: Api) -> Router {
    let trusted = api.public_origin.as_ref().map(ToString::to_string);
    let csrf = trusted.iter().fold(CsrfLayer::new(), |csrf, origin| {
        csrf.add_trusted_origin(origin).expect("a `PublicOrigin` is an origin")
    });
    let refuse_cross_site = csrf.with_rejection_response(|error: ProtectionError| {
        match error.kind() {
            // The browser says itself that another site's page sent it.
            ProtectionErrorKind::CrossOriginRequest => ApiFailure::CrossSite,
            // The browser says only which origin sent it, as over plain HTTP, and `Host` differs.
            _ => ApiFailure::UnknownOrigin,
        }
        .into_response()
    });
    routes()
        .into_router()
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(time_limit::limit_time))
        .layer(middleware::from_fn_with_state(api.clone(), answer_repeats))
        .layer(refuse_cross_site)
        .with_state(api)
}

#[cfg(test)]
mod tests;
