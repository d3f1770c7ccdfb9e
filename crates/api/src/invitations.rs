//! Who is asked to join an organization, and what they answer.

pub mod accept;
pub mod by_token;
pub mod claim;
pub mod invite;
pub mod link;
pub mod list;
pub mod locked;
pub mod pending;
pub mod reject;
pub mod resend;
pub mod revoke;
pub mod row;
pub mod secret;

use axum::Router;
use axum::routing::{delete, get, post};
use time::Duration;

use super::Api;

/// How long an invitation can be accepted.
pub const LIFETIME: Duration = Duration::days(14);

/// `/organizations/{id}/invitations` and `/invitations/…`
pub fn routes() -> Router<Api> {
    let of_organization = get(list::list_invitations).post(invite::invite_people);
    Router::new()
        .route("/organizations/{id}/invitations", of_organization)
        .route("/invitations/{id}", delete(revoke::revoke))
        .route("/invitations/{id}/resend", post(resend::resend))
        .route("/invitations/{id}/accept", post(accept::accept_invitation))
        .route("/invitations/{id}/reject", post(reject::reject))
        .route("/invitations/token/{token}", get(by_token::get_by_token).post(claim::claim))
}

#[cfg(test)]
mod tests;
