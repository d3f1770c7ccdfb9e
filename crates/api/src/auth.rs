//! Accounts, sessions and authentication.

pub mod account;
pub mod account_link;
pub mod confirm_email;
pub mod cookie;
pub mod device;
pub mod first_step;
pub mod local_path;
pub mod methods;
pub mod oidc;
pub mod passkey;
pub mod password;
pub mod password_policy;
pub mod pending_sign_in;
pub mod recovery;
pub mod request_actor;
pub mod second_factor;
pub mod session;
pub mod show_link;
pub mod sign_in;
pub mod sign_in_code;
pub mod sign_out;
pub mod sign_up;
pub mod submission;
pub mod write_limits;

use axum::Router;
use axum::routing::{get, post};

use super::Api;

/// `/auth/…`
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/auth/sign-up", post(sign_up::sign_up))
        .route("/auth/sign-up/complete", post(sign_up::complete))
        .route("/auth/recover", post(recovery::recover))
        .route("/auth/reset-password", post(recovery::reset_password))
        .route("/auth/confirm-email", post(confirm_email::confirm_email))
        .route("/auth/links/{purpose}/{token}", get(show_link::show_link))
        .route("/auth/sign-in", post(sign_in::sign_in))
        .route("/auth/sign-in/code", post(sign_in_code::enter_code))
        .route("/auth/sign-out", post(sign_out::sign_out))
        .route("/auth/methods", get(methods::methods))
        .merge(oidc::routes())
        .merge(passkey::routes())
}
