//! Invitations: inviting people by email address, and their responses.

pub mod accept;
pub mod decline;
pub mod get_by_token;
pub mod invite;
pub mod link_account;
pub mod link_to_me;
pub mod link_token;
pub mod list;
pub mod lock;
pub mod pending;
pub mod resend;
pub mod revoke;
pub mod row;

use axum::Router;
use axum::routing::{delete, get, post};
use time::Duration;

use super::Api;

/// The time from inviting to expiry.
pub const LIFETIME: Duration = Duration::days(14);

/// `/organizations/{id}/invitations` and `/invitations/…`
pub fn routes() -> Router<Api> {
    let in_organization = get(list::list_invitations).post(invite::invite_people);
    Router::new()
        .route("/organizations/{id}/invitations", in_organization)
        .route("/invitations/{id}", delete(revoke::revoke))
        .route("/invitations/{id}/resend", post(resend::resend))
        .route("/invitations/{id}/accept", post(accept::accept_invitation))
        .route("/invitations/{id}/reject", post(decline::decline))
        .route(
            "/invitations/token/{token}",
            get(get_by_token::get_by_token).post(link_to_me::link_to_me),
        )
}

#[cfg(test)]
mod tests;
