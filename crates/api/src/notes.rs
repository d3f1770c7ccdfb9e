//! Notes. Every member reads, creates and changes them; only the author and admins delete them.

pub mod create;
pub mod delete;
pub mod list;
pub mod lock;
pub mod row;
pub mod update;

use super::Api;
use crate::routes::{Audience, Routes};

/// `/organizations/{id}/notes` and `/notes/{id}`
pub fn routes() -> Routes<Api> {
    Routes::new()
        .get("/organizations/{id}/notes", Audience::Members, list::list_notes)
        .post("/organizations/{id}/notes", Audience::Members, create::create_note)
        .patch("/notes/{id}", Audience::Members, update::update_note)
        .delete("/notes/{id}", Audience::AuthorAndAdmins, delete::delete_note)
}
