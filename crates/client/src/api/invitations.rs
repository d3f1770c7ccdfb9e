//! `/invitations`, and the lists of invitations.

use super::transport::{Request, escape, send};
use contract::request::Invite;
use contract::view::{InvitationView, InviteResult, List, MembershipView};
use contract::{ApiError, InvitationId, OrganizationId};

/// `GET /me/invitations`: the reader's pending invitations.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn list_mine() -> Result<List<InvitationView>, ApiError> {
    send(Request::get("/me/invitations")).await?.json()
}

/// `GET /organizations/{id}/invitations`: the organization's pending invitations.
///
/// # Errors
/// `forbidden` if the reader isn't an admin.
pub async fn list(organization: OrganizationId) -> Result<List<InvitationView>, ApiError> {
    send(Request::get(format!("/organizations/{organization}/invitations"))).await?.json()
}

/// `POST /organizations/{id}/invitations`: invites people by address. Returns a result per address.
///
/// # Errors
/// `invalid_fields` if an address isn't valid, `forbidden` if the caller isn't an admin.
pub async fn invite(
    organization: OrganizationId,
    invite: &Invite,
) -> Result<List<InviteResult>, ApiError> {
    let path = format!("/organizations/{organization}/invitations");
    send(Request::post(path).json(invite)).await?.json()
}

/// `POST /invitations/{id}/accept`: returns the new membership.
///
/// # Errors
/// `invitation_expired`, `invitation_rejected`, or `not_found` if it isn't the caller's.
pub async fn accept(id: InvitationId) -> Result<MembershipView, ApiError> {
    send(Request::post(format!("/invitations/{id}/accept"))).await?.json()
}

/// `POST /invitations/{id}/reject`: declines the invitation.
///
/// # Errors
/// `not_found` if it isn't the caller's.
pub async fn decline(id: InvitationId) -> Result<(), ApiError> {
    send(Request::post(format!("/invitations/{id}/reject"))).await?.into_result()
}

/// `POST /invitations/{id}/resend`: restarts its full validity. The response has a new link if the
/// address has no account.
///
/// # Errors
/// `forbidden` if the caller isn't an admin, `not_found` if it was answered meanwhile.
pub async fn resend(id: InvitationId) -> Result<InviteResult, ApiError> {
    send(Request::post(format!("/invitations/{id}/resend"))).await?.json()
}

/// `DELETE /invitations/{id}`: revokes the invitation.
///
/// # Errors
/// `forbidden` if the caller isn't an admin.
pub async fn revoke(id: InvitationId) -> Result<(), ApiError> {
    send(Request::delete(format!("/invitations/{id}"))).await?.into_result()
}

/// `GET /invitations/token/{token}`: the invitation behind a link; works signed out.
///
/// # Errors
/// `invitation_expired`, `invitation_rejected`, or `not_found` if it was accepted or revoked, or
/// never existed.
pub async fn get_by_token(token: &str) -> Result<InvitationView, ApiError> {
    send(Request::get(format!("/invitations/token/{}", escape(token)))).await?.json()
}

/// `POST /invitations/token/{token}`: assigns the invitation to the caller, who can answer it then.
///
/// # Errors
/// Those of [`get_by_token`], and `forbidden` if it is for another address than the caller's.
pub async fn claim(token: &str) -> Result<InvitationView, ApiError> {
    send(Request::post(format!("/invitations/token/{}", escape(token)))).await?.json()
}
