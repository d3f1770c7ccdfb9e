//! `/organizations`

use super::transport::{Request, send};
use contract::request::{CreateOrganization, UpdateOrganization};
use contract::view::{List, OrganizationView, SlugView};
use contract::{ApiError, OrganizationId, OrganizationRef, Slug};

/// `GET /organizations/{idOrSlug}`: the organization, with its current slug.
///
/// # Errors
/// `not_found` if there is none, or the reader may not know that it exists.
pub async fn get(organization: &OrganizationRef) -> Result<OrganizationView, ApiError> {
    send(Request::get(format!("/organizations/{organization}"))).await?.json()
}

/// `GET /organizations`: the reader's organizations.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn list() -> Result<List<OrganizationView>, ApiError> {
    send(Request::get("/organizations")).await?.json()
}

/// `POST /organizations`: creates an organization with the caller as admin.
///
/// # Errors
/// `invalid_fields` if the name or slug isn't valid, or the slug is taken.
pub async fn create(organization: &CreateOrganization) -> Result<OrganizationView, ApiError> {
    send(Request::post("/organizations").json(organization)).await?.json()
}

/// `PATCH /organizations/{id}`
///
/// # Errors
/// `invalid_fields` if the name or slug isn't valid, or the slug is taken; `forbidden` if the
/// caller isn't an admin.
pub async fn update(
    id: OrganizationId,
    changes: &UpdateOrganization,
) -> Result<OrganizationView, ApiError> {
    send(Request::patch(format!("/organizations/{id}")).json(changes)).await?.json()
}

/// `PUT /organizations/{id}/picture`: sets the picture, a PNG, JPEG or WebP file.
///
/// # Errors
/// `invalid_fields` if the file isn't a picture or is too large, `forbidden` if the caller isn't an
/// admin.
pub async fn put_picture(id: OrganizationId, file: Vec<u8>) -> Result<OrganizationView, ApiError> {
    send(Request::put(format!("/organizations/{id}/picture"), file)).await?.json()
}

/// `DELETE /organizations/{id}/picture`: removes the picture; the initials show again.
///
/// # Errors
/// `forbidden` if the caller isn't an admin.
pub async fn delete_picture(id: OrganizationId) -> Result<OrganizationView, ApiError> {
    send(Request::delete(format!("/organizations/{id}/picture"))).await?.json()
}

/// `DELETE /organizations/{id}`: deletes the organization for all members.
///
/// # Errors
/// `forbidden` if the caller isn't an admin.
pub async fn delete(id: OrganizationId) -> Result<(), ApiError> {
    send(Request::delete(format!("/organizations/{id}"))).await?.into_result()
}

/// `GET /slugs/{slug}`: the organization that the slug leads to, and whether it is available.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn look_up_slug(slug: &Slug) -> Result<SlugView, ApiError> {
    send(Request::get(format!("/slugs/{slug}"))).await?.json()
}
