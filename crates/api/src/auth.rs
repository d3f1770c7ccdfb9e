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

use super::Api;
use crate::routes::{Audience, Routes};

/// `/auth/…`
pub fn routes() -> Routes<Api> {
    use Audience::Anyone;
    Routes::new()
        .post("/auth/sign-up", Anyone, sign_up::sign_up)
        .post("/auth/sign-up/complete", Anyone, sign_up::complete)
        .post("/auth/recover", Anyone, recovery::recover)
        .post("/auth/reset-password", Anyone, recovery::reset_password)
        .post("/auth/confirm-email", Anyone, confirm_email::confirm_email)
        .get("/auth/links/{purpose}/{token}", Anyone, show_link::show_link)
        .post("/auth/sign-in", Anyone, sign_in::sign_in)
        .post("/auth/sign-in/code", Anyone, sign_in_code::enter_code)
        .post("/auth/sign-out", Anyone, sign_out::sign_out)
        .get("/auth/methods", Anyone, methods::methods)
        .merge(oidc::routes())
        .merge(passkey::routes())
}
