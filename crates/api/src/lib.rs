//! The REST API. A module an area, a file an endpoint: its handler, its queries, its tests.
//!
//! A handler changes tables and nothing else. What it changed reaches the streams through the WAL:
//! this crate doesn't depend on the streams or the CDC worker.

pub mod audit_log;
pub mod auth;
pub mod error;
pub mod extract;
pub mod if_match;
pub mod invitations;
pub mod liveness;
pub mod me;
pub mod memberships;
pub mod notes;
pub mod organizations;
pub mod paging;
pub mod pictures;
mod resources;
pub mod token;
pub mod wire;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod test_server;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use sqlx::PgPool;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::error::ApiFailure;
use db::clock::Clock;

/// No request of this API needs more: the longest is a note of 10,000 characters, which JSON may
/// write with six bytes each.
const MOST_BYTES_OF_A_BODY: usize = 64 * 1024;

/// What every handler works with.
#[derive(Clone, Debug)]
pub struct Api {
    /// Where the data is.
    pub pool: PgPool,
    /// What time it is.
    pub clock: Clock,
    /// How the API behaves.
    pub settings: Settings,
}

/// How the API behaves.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether people reach the server over https only: cookies then are `Secure`.
    pub secure: bool,
}

/// All endpoints of the API. [`error::write_envelope`] belongs around it.
pub fn router(api: Api) -> Router {
    let refuse_cross_site =
        CsrfLayer::new().with_rejection_response(|_| ApiFailure::CrossSite.into_response());
    Router::new()
        .merge(auth::routes())
        .merge(me::routes())
        .merge(organizations::routes())
        .merge(memberships::routes())
        .merge(invitations::routes())
        .merge(notes::routes())
        .merge(pictures::routes())
        .merge(liveness::routes())
        .merge(audit_log::routes())
        .method_not_allowed_fallback(error::unknown_method)
        .layer(DefaultBodyLimit::max(MOST_BYTES_OF_A_BODY))
        .layer(refuse_cross_site)
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ))
        .with_state(api)
}

#[cfg(test)]
mod tests;
