//! Notes. Every member reads, creates and changes them; only the author and admins delete them.

pub mod create;
pub mod delete;
pub mod list;
pub mod lock;
pub mod row;
pub mod update;

use axum::Router;
use axum::routing::{get, patch};

use super::Api;

/// `/organizations/{id}/notes` and `/notes/{id}`
pub fn routes() -> Router<Api> {
    let one = patch(update::update_note).delete(delete::delete_note);
    Router::new()
        .route("/organizations/{id}/notes", get(list::list_notes).post(create::create_note))
        .route("/notes/{id}", one)
}
