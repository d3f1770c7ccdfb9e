//! `/memberships`, and the lists of them.

mod query;

use super::transport::escape;
use form_urlencoded::Serializer;

pub use self::query::{MembersQuery, Order, Sort, role_name};
use super::transport::{Request, send};
use contract::request::UpdateMembership;
use contract::view::{List, MembershipView};
use contract::{ApiError, MembershipId, OrganizationId};

/// `GET /me/memberships`: mine, each with its organization.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn mine() -> Result<List<MembershipView>, ApiError> {
    send(Request::get("/me/memberships")).await?.json()
}

/// `GET /organizations/{id}/members`: one page; `after` is the `next` of the page before.
///
/// # Errors
/// `not_found` for whoever isn't a member.
pub async fn of_organization(
    organization: OrganizationId,
    after: Option<&str>,
) -> Result<List<MembershipView>, ApiError> {
    let mut path = format!("/organizations/{organization}/members?limit=200");
    if let Some(after) = after {
        path.push_str("&after=");
        path.extend(escape(after));
    }
    send(Request::get(path)).await?.json()
}

/// `GET /organizations/{id}/members`: the first few admins, and how many there are.
///
/// # Errors
/// `not_found` for whoever isn't a member.
pub async fn admins(
    organization: OrganizationId,
    most: usize,
) -> Result<List<MembershipView>, ApiError> {
    let path = format!("/organizations/{organization}/members?role=admin&limit={most}");
    send(Request::get(path)).await?.json()
}

/// `GET /organizations/{id}/members`: the first page of those that are asked for.
///
/// # Errors
/// `not_found` for whoever isn't a member.
pub async fn beginning(
    organization: OrganizationId,
    query: &MembersQuery,
) -> Result<List<MembershipView>, ApiError> {
    let parameters = Serializer::new("limit=50".to_owned()).extend_pairs(query.pairs()).finish();
    send(Request::get(format!("/organizations/{organization}/members?{parameters}"))).await?.json()
}

/// `PATCH /memberships/{id}`
///
/// # Errors
/// `forbidden` for what isn't the caller's to change, `last_admin` when nobody would be left.
pub async fn update(
    id: MembershipId,
    changes: &UpdateMembership,
) -> Result<MembershipView, ApiError> {
    send(Request::patch(format!("/memberships/{id}")).json(changes)).await?.json()
}

/// `DELETE /memberships/{id}`: removes that member.
///
/// # Errors
/// `forbidden` for whoever isn't admin, `last_admin` when nobody would be left.
pub async fn remove(id: MembershipId) -> Result<(), ApiError> {
    send(Request::delete(format!("/memberships/{id}"))).await?.done()
}

/// `POST /organizations/{id}/leave`
///
/// # Errors
/// `last_admin` for the only admin.
pub async fn leave(organization: OrganizationId) -> Result<(), ApiError> {
    send(Request::post(format!("/organizations/{organization}/leave"))).await?.done()
}
