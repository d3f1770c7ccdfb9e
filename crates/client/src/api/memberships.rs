//! `/memberships`, and the lists of memberships.

mod query;

use super::transport::escape;
use form_urlencoded::Serializer;

pub use self::query::{MembersQuery, Order, Sort, role_name};
use super::transport::{Request, send};
use contract::request::UpdateMembership;
use contract::view::{List, LookalikeView, MembershipView};
use contract::{ApiError, MembershipId, OrganizationId};

/// `GET /me/memberships`: the reader's memberships, each with its organization.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn list_mine() -> Result<List<MembershipView>, ApiError> {
    send(Request::get("/me/memberships")).await?.json()
}

/// `GET /organizations/{id}/members`: a page of at limit 200 members; `after` is the `next` of the
/// previous page.
///
/// # Errors
/// `not_found` if the reader isn't a member.
pub async fn list(
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

/// `GET /organizations/{id}/members`: the first `limit` admins; `total` is how many there are.
///
/// # Errors
/// `not_found` if the reader isn't a member.
pub async fn list_admins(
    organization: OrganizationId,
    limit: usize,
) -> Result<List<MembershipView>, ApiError> {
    let path = format!("/organizations/{organization}/members?role=admin&limit={limit}");
    send(Request::get(path)).await?.json()
}

/// `GET /organizations/{id}/lookalikes`: the members whose names look like other members' names.
///
/// # Errors
/// `not_found` if the reader isn't a member.
pub async fn list_lookalikes(
    organization: OrganizationId,
) -> Result<List<LookalikeView>, ApiError> {
    send(Request::get(format!("/organizations/{organization}/lookalikes"))).await?.json()
}

/// `GET /organizations/{id}/members`: the first page of 50 members that match the query.
///
/// # Errors
/// `not_found` if the reader isn't a member.
pub async fn first_page(
    organization: OrganizationId,
    query: &MembersQuery,
) -> Result<List<MembershipView>, ApiError> {
    let parameters =
        Serializer::new("limit=50".to_owned()).extend_pairs(query.parameters()).finish();
    send(Request::get(format!("/organizations/{organization}/members?{parameters}"))).await?.json()
}

/// `PATCH /memberships/{id}`
///
/// # Errors
/// `forbidden` if the caller may not change this, `last_admin` if no admin would be left.
pub async fn update(
    id: MembershipId,
    changes: &UpdateMembership,
) -> Result<MembershipView, ApiError> {
    send(Request::patch(format!("/memberships/{id}")).json(changes)).await?.json()
}

/// `DELETE /memberships/{id}`: removes the member.
///
/// # Errors
/// `forbidden` if the caller isn't an admin, `last_admin` if no admin would be left.
pub async fn remove(id: MembershipId) -> Result<(), ApiError> {
    send(Request::delete(format!("/memberships/{id}"))).await?.into_result()
}

/// `POST /organizations/{id}/leave`
///
/// # Errors
/// `last_admin` if the caller is the only admin.
pub async fn leave(organization: OrganizationId) -> Result<(), ApiError> {
    send(Request::post(format!("/organizations/{organization}/leave"))).await?.into_result()
}
