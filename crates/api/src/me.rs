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

use axum::Router;
use axum::routing::{delete, get, post, put};
use contract::UserId;
use contract::view::Me;
use sqlx::PgPool;

use super::Api;
use super::auth::account::{self, Account};
use super::auth::account_link;
use super::pictures::upload;
use crate::error::ApiFailure;
use activity::log;

/// `/me` and below, except the stream.
pub fn routes() -> Router<Api> {
    let picture = put(picture::put_picture).delete(picture::delete_picture).layer(upload::limit());
    Router::new()
        .route("/me/picture", picture)
        .route("/me", get(profile::get_me).patch(profile::update_me).delete(delete::delete_me))
        .route("/me/email", post(email::change_email).delete(email::cancel_change))
        .route("/me/email/confirmation", post(email::send_confirmation))
        .route("/me/password", post(password::change_password))
        .route("/me/proof", post(proof::prove))
        .merge(sign_in_methods::routes())
        .merge(passkeys::routes())
        .merge(two_factor::routes())
        .route("/me/menu", get(memberships::menu))
        .route("/me/memberships", get(memberships::memberships))
        .route("/me/invitations", get(invitations::my_invitations))
        .route("/me/sessions", get(sessions::my_sessions).delete(sessions::end_others))
        .route("/me/sessions/{id}", delete(sessions::end_session))
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
