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

use axum::Router;
use axum::routing::{get, post, put};

use super::Api;
use super::pictures::upload;

/// `/organizations` and below, except invitations, notes and activities; and `/slugs/{slug}`
pub fn routes() -> Router<Api> {
    let one = get(get::get_organization)
        .patch(update::update_organization)
        .delete(delete::delete_organization);
    let picture = put(picture::put_picture).delete(picture::delete_picture).layer(upload::limit());
    Router::new()
        .route("/organizations/{id}/picture", picture)
        .route("/organizations", get(list::list_organizations).post(create::create_organization))
        .route("/organizations/{id}", one)
        .route("/organizations/{id}/members", get(members::list_members))
        .route("/organizations/{id}/lookalikes", get(lookalikes::list_lookalikes))
        .route("/organizations/{id}/leave", post(leave::leave))
        .route("/slugs/{slug}", get(slug::get_slug))
}
