//! The link that a visitor has opened.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::account_link::{LinkPurpose, LinkView};
use contract::{ApiError, StreamMessage, UserId};

/// A link that was sent by mail, as the holder of its token sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenedLink(pub LinkView);

impl OpenedLink {
    /// Fetches it.
    ///
    /// # Errors
    /// Those of `GET /auth/links/{purpose}/{token}`.
    pub async fn fetch(purpose: LinkPurpose, token: &str) -> Result<Self, ApiError> {
        api::auth::get_link(purpose, token).await.map(Self)
    }
}

/// Signed-out pages have no stream.
impl Patch for OpenedLink {
    fn patch(&mut self, _: &StreamMessage, _: UserId) -> Patched {
        Patched::Unchanged
    }
}
