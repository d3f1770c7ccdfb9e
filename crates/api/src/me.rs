//! The signed-in user: account, memberships, invitations and sessions.

pub mod delete;
pub mod email;
pub mod invitations;
pub mod memberships;
pub mod passkeys;
pub mod password;
pub mod picture;
pub mod profile;
pub mod proof;
pub mod sessions;
pub mod sign_in_methods;
pub mod two_factor;

use axum::http::Method;
use axum::routing::put;
use contract::UserId;
use contract::view::Me;
use sqlx::PgPool;

use super::Api;
use super::auth::account::{self, Account};
use super::auth::account_link;
use super::pictures::upload;
use crate::error::ApiFailure;
use crate::routes::{Audience, Routes};
use activity::log;

/// `/me` and below, except the stream.
pub fn routes() -> Routes<Api> {
    use Audience::{Accounts, Owner};
    let put_picture = put(picture::put_picture).layer(upload::limit());
    Routes::new()
        .get("/me", Accounts, profile::get_me)
        .patch("/me", Accounts, profile::update_me)
        .delete("/me", Accounts, delete::delete_me)
        .add(Method::PUT, "/me/picture", Accounts, put_picture)
        .delete("/me/picture", Accounts, picture::delete_picture)
        .post("/me/email", Accounts, email::change_email)
        .delete("/me/email", Accounts, email::cancel_change)
        .post("/me/email/confirmation", Accounts, email::send_confirmation)
        .post("/me/password", Accounts, password::change_password)
        .post("/me/proof", Accounts, proof::prove)
        .merge(sign_in_methods::routes())
        .merge(passkeys::routes())
        .merge(two_factor::routes())
        .get("/me/menu", Accounts, memberships::menu)
        .get("/me/memberships", Accounts, memberships::memberships)
        .get("/me/invitations", Accounts, invitations::my_invitations)
        .get("/me/sessions", Accounts, sessions::my_sessions)
        .delete("/me/sessions", Accounts, sessions::end_others)
        .delete("/me/sessions/{id}", Owner, sessions::end_session)
}

/// Reads the user. The log's position is read first, so that a stream that resumes from it misses no
/// change after this response.
///
/// # Errors
/// 401 if the account was deleted; 503 or 500 if the database can't be read.
pub async fn read(pool: &PgPool, id: UserId) -> Result<Me, ApiFailure> {
    let cursor = log::head(pool).await?;
    let account = account::find(pool, id).await?.ok_or(ApiFailure::NotSignedIn)?;
    let email_confirmed = account::is_email_confirmed(pool, id).await?;
    let pending_email = account_link::pending_email(pool, id).await?;
    let has_password = account::password_hash(pool, id).await?.is_some();
    let Account { user, system_admin } = account;
    Ok(Me { user, system_admin, email_confirmed, pending_email, has_password, cursor })
}
