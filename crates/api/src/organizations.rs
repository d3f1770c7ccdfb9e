//! Organizations: settings, slugs, pictures and members.

pub mod access;
pub mod create;
pub mod delete;
pub mod get;
pub mod leave;
pub mod list;
pub mod lookalikes;
pub mod members;
pub mod picture;
pub mod quarantine;
pub mod slug;
pub mod update;

use axum::http::Method;
use axum::routing::put;

use super::Api;
use super::pictures::upload;
use crate::routes::{Audience, Routes};

/// `/organizations` and below, except invitations, notes and activities; and `/slugs/{slug}`
pub fn routes() -> Routes<Api> {
    use Audience::{Accounts, Admins, Members};
    let put_picture = put(picture::put_picture).layer(upload::limit());
    Routes::new()
        .get("/organizations", Accounts, list::list_organizations)
        .post("/organizations", Accounts, create::create_organization)
        .get("/organizations/{id}", Members, get::get_organization)
        .patch("/organizations/{id}", Admins, update::update_organization)
        .delete("/organizations/{id}", Admins, delete::delete_organization)
        .add(Method::PUT, "/organizations/{id}/picture", Admins, put_picture)
        .delete("/organizations/{id}/picture", Admins, picture::delete_picture)
        .get("/organizations/{id}/members", Members, members::list_members)
        .get("/organizations/{id}/lookalikes", Members, lookalikes::list_lookalikes)
        .post("/organizations/{id}/leave", Members, leave::leave)
        .get("/slugs/{slug}", Accounts, slug::get_slug)
}
