//! `/organizations`

use std::fmt;

use super::transport::{Request, send};
use crate::contract::request::{CreateOrganization, UpdateOrganization};
use crate::contract::view::{List, OrganizationView, SlugView};
use crate::contract::{ApiError, InvalidText, OrganizationId, Slug};

/// What an organization is called in a path: its id, which stays, or a slug, also a former one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrganizationRef {
    /// By id.
    Id(OrganizationId),
    /// By slug.
    Slug(Slug),
}

impl OrganizationRef {
    /// Reads what stands in an address. No slug looks like an id.
    ///
    /// # Errors
    /// When it is neither an id nor a possible slug.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        text.parse().map(Self::Id).or_else(|_| Slug::parse(text).map(Self::Slug))
    }
}

impl fmt::Display for OrganizationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

impl From<OrganizationId> for OrganizationRef {
    fn from(id: OrganizationId) -> Self {
        Self::Id(id)
    }
}

impl From<Slug> for OrganizationRef {
    fn from(slug: Slug) -> Self {
        Self::Slug(slug)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_id_is_one_and_the_rest_is_a_slug() {
        let id = "018f4c1e-7b1a-7000-8000-000000000000";
        assert_eq!(
            OrganizationRef::parse(id).unwrap(),
            id.parse::<OrganizationId>().unwrap().into()
        );
        let slug = OrganizationRef::parse("North-Wind").unwrap();
        assert_eq!(slug, Slug::parse("north-wind").unwrap().into());
        assert_eq!(slug.to_string(), "north-wind");
        assert!(OrganizationRef::parse("../me").is_err());
    }
}
