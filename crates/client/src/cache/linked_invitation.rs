//! The invitation behind an invitation link.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::view::InvitationView;
use contract::{ApiError, StreamMessage, UserId};

/// An invitation as the holder of its link sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkedInvitation(pub InvitationView);

impl LinkedInvitation {
    /// Fetches it.
    ///
    /// # Errors
    /// Those of `GET /invitations/token/{token}`.
    pub async fn fetch(token: &str) -> Result<Self, ApiError> {
        api::invitations::get_by_token(token).await.map(Self)
    }
}

/// Signed-out pages have no stream.
impl Patch for LinkedInvitation {
    fn patch(&mut self, _: &StreamMessage, _: UserId) -> Patched {
        Patched::Unchanged
    }
}
