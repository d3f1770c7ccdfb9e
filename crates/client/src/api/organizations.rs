//! `/organizations`

use super::transport::{Request, send};
use contract::request::{CreateOrganization, UpdateOrganization};
use contract::view::{List, OrganizationView, SlugView};
use contract::{ApiError, OrganizationId, OrganizationRef, Slug};

/// `GET /organizations/{idOrSlug}`: the answer holds the slug of today.
///
/// # Errors
/// `not_found` when there is none, or none that the reader may know of.
pub async fn get(organization: &OrganizationRef) -> Result<OrganizationView, ApiError> {
    send(Request::get(format!("/organizations/{organization}"))).await?.json()
}

/// `GET /organizations`: mine.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn list() -> Result<List<OrganizationView>, ApiError> {
    send(Request::get("/organizations")).await?.json()
}

/// `POST /organizations`: a new one, with its creator as admin.
///
/// # Errors
/// `invalid_fields` when the name or the slug can't be had.
pub async fn create(organization: &CreateOrganization) -> Result<OrganizationView, ApiError> {
    send(Request::post("/organizations").json(organization)).await?.json()
}

/// `PATCH /organizations/{id}`
///
/// # Errors
/// `invalid_fields` when the name or the slug can't be had, `forbidden` for whoever isn't admin.
pub async fn update(
    id: OrganizationId,
    changes: &UpdateOrganization,
) -> Result<OrganizationView, ApiError> {
    send(Request::patch(format!("/organizations/{id}")).json(changes)).await?.json()
}

/// `PUT /organizations/{id}/picture`: a PNG, JPEG or WebP.
///
/// # Errors
/// `invalid_fields` when it isn't a picture, or is too large, `forbidden` for whoever isn't admin.
pub async fn put_picture(id: OrganizationId, file: Vec<u8>) -> Result<OrganizationView, ApiError> {
    send(Request::put(format!("/organizations/{id}/picture"), file)).await?.json()
}

/// `DELETE /organizations/{id}/picture`: initials again.
///
/// # Errors
/// `forbidden` for whoever isn't admin.
pub async fn delete_picture(id: OrganizationId) -> Result<OrganizationView, ApiError> {
    send(Request::delete(format!("/organizations/{id}/picture"))).await?.json()
}

/// `DELETE /organizations/{id}`: for everybody.
///
/// # Errors
/// `forbidden` for whoever isn't admin.
pub async fn delete(id: OrganizationId) -> Result<(), ApiError> {
    send(Request::delete(format!("/organizations/{id}"))).await?.done()
}

/// `GET /slugs/{slug}`: what a slug leads to, and whether it could be had.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn slug(slug: &Slug) -> Result<SlugView, ApiError> {
    send(Request::get(format!("/slugs/{slug}"))).await?.json()
}
