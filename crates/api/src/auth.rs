//! Accounts, sessions and authentication.

pub mod account;
pub mod confirm_password;
pub mod cookie;
pub mod device;
pub mod local_path;
pub mod password;
pub mod request_actor;
pub mod session;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod submission;
pub mod write_limits;

use axum::Router;
use axum::routing::post;

use super::Api;

/// `/auth/…`
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/auth/sign-up", post(sign_up::sign_up))
        .route("/auth/sign-in", post(sign_in::sign_in))
        .route("/auth/sign-out", post(sign_out::sign_out))
}
