//! What an invitation's link leads to.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::view::InvitationView;
use contract::{ApiError, StreamMessage, UserId};

/// An invitation, as whoever holds its link sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkedInvitation(pub InvitationView);

impl LinkedInvitation {
    /// Reads it.
    ///
    /// # Errors
    /// Those of `GET /invitations/token/{token}`.
    pub async fn fetch(token: &str) -> Result<Self, ApiError> {
        api::invitations::by_token(token).await.map(Self)
    }
}

/// In front of the door there is no stream.
impl Patch for LinkedInvitation {
    fn patch(&mut self, _: &StreamMessage, _: UserId) -> Patched {
        Patched::Unchanged
    }
}
