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

use time::Duration;

use super::Api;
use crate::routes::{Audience, Routes};

/// The time from inviting to expiry.
pub const LIFETIME: Duration = Duration::days(14);

/// `/organizations/{id}/invitations` and `/invitations/…`
pub fn routes() -> Routes<Api> {
    use Audience::{Admins, Anyone, Invited, LinkHolders};
    Routes::new()
        .get("/organizations/{id}/invitations", Admins, list::list_invitations)
        .post("/organizations/{id}/invitations", Admins, invite::invite_people)
        .delete("/invitations/{id}", Admins, revoke::revoke)
        .post("/invitations/{id}/resend", Admins, resend::resend)
        .post("/invitations/{id}/accept", Invited, accept::accept_invitation)
        .post("/invitations/{id}/reject", Invited, decline::decline)
        .get("/invitations/token/{token}", Anyone, get_by_token::get_by_token)
        .post("/invitations/token/{token}", LinkHolders, link_to_me::link_to_me)
}

#[cfg(test)]
mod tests;
