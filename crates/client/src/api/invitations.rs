//! `/invitations`, and the lists of them.

use super::transport::escape;

use super::transport::{Request, send};
use contract::request::Invite;
use contract::view::{InvitationView, InviteResult, List, MembershipView};
use contract::{ApiError, InvitationId, OrganizationId};

/// `GET /me/invitations`: those that wait for my answer.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn mine() -> Result<List<InvitationView>, ApiError> {
    send(Request::get("/me/invitations")).await?.json()
}

/// `GET /organizations/{id}/invitations`: those that wait for an answer.
///
/// # Errors
/// `forbidden` for whoever isn't admin.
pub async fn of_organization(
    organization: OrganizationId,
) -> Result<List<InvitationView>, ApiError> {
    send(Request::get(format!("/organizations/{organization}/invitations"))).await?.json()
}

/// `POST /organizations/{id}/invitations`: says of each address what became of it.
///
/// # Errors
/// `invalid_fields` for addresses that can't be, `forbidden` for whoever isn't admin.
pub async fn invite(
    organization: OrganizationId,
    invite: &Invite,
) -> Result<List<InviteResult>, ApiError> {
    let path = format!("/organizations/{organization}/invitations");
    send(Request::post(path).json(invite)).await?.json()
}

/// `POST /invitations/{id}/accept`: gives the new membership.
///
/// # Errors
/// `invitation_expired`, `invitation_rejected`, or `not_found` when it isn't the caller's.
pub async fn accept(id: InvitationId) -> Result<MembershipView, ApiError> {
    send(Request::post(format!("/invitations/{id}/accept"))).await?.json()
}

/// `POST /invitations/{id}/reject`
///
/// # Errors
/// `not_found` when it isn't the caller's.
pub async fn reject(id: InvitationId) -> Result<(), ApiError> {
    send(Request::post(format!("/invitations/{id}/reject"))).await?.done()
}

/// `POST /invitations/{id}/resend`: opens it again for its full time. For an address without an
/// account the answer has a new link.
///
/// # Errors
/// `forbidden` for whoever isn't admin, `not_found` when it was answered meanwhile.
pub async fn resend(id: InvitationId) -> Result<InviteResult, ApiError> {
    send(Request::post(format!("/invitations/{id}/resend"))).await?.json()
}

/// `DELETE /invitations/{id}`: takes it back.
///
/// # Errors
/// `forbidden` for whoever isn't admin.
pub async fn revoke(id: InvitationId) -> Result<(), ApiError> {
    send(Request::delete(format!("/invitations/{id}"))).await?.done()
}

/// `GET /invitations/token/{token}`: what an invitation's link leads to, also signed out.
///
/// # Errors
/// `invitation_expired`, `invitation_rejected`, or `not_found` when it was accepted, taken back, or
/// never was.
pub async fn by_token(token: &str) -> Result<InvitationView, ApiError> {
    send(Request::get(format!("/invitations/token/{}", escape(token)))).await?.json()
}

/// `POST /invitations/token/{token}`: makes it mine, so that I can answer it.
///
/// # Errors
/// Those of [`by_token`], and `forbidden` when it is for another address than mine.
pub async fn claim(token: &str) -> Result<InvitationView, ApiError> {
    send(Request::post(format!("/invitations/token/{}", escape(token)))).await?.json()
}
