//! The signed-in person: the account, what they belong to, and where they are signed in.

pub mod delete;
pub mod email;
pub mod invitations;
pub mod memberships;
pub mod password;
pub mod picture;
pub mod profile;
pub mod sessions;

use axum::Router;
use axum::routing::{delete, get, post, put};
use contract::UserId;
use contract::view::Me;
use sqlx::PgPool;

use super::Api;
use super::auth::account;
use super::pictures::upload;
use crate::error::ApiFailure;
use activity::log;

/// `/me` and below, but for the stream.
pub fn routes() -> Router<Api> {
    let picture = put(picture::put_picture).delete(picture::delete_picture).layer(upload::limit());
    Router::new()
        .route("/me/picture", picture)
        .route("/me", get(profile::get_me).patch(profile::update_me).delete(delete::delete_me))
        .route("/me/email", post(email::change_email))
        .route("/me/password", post(password::change_password))
        .route("/me/menu", get(memberships::menu))
        .route("/me/memberships", get(memberships::memberships))
        .route("/me/invitations", get(invitations::my_invitations))
        .route("/me/sessions", get(sessions::my_sessions).delete(sessions::end_others))
        .route("/me/sessions/{id}", delete(sessions::end_session))
}

/// Who that is, with the log's newest place read first: a stream resumed from there misses nothing
/// that happens after this answer.
///
/// # Errors
/// When the account is gone, or the database can't answer.
pub async fn read(pool: &PgPool, id: UserId) -> Result<Me, ApiFailure> {
    let cursor = log::head(pool).await?;
    let account = account::find(pool, id).await?.ok_or(ApiFailure::NotSignedIn)?;
    Ok(Me { user: account.user, system_admin: account.system_admin, cursor })
}
