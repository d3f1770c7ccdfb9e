//! The messages that the server has sent or has yet to send.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::system::OutboxMessage;
use contract::{ApiError, StreamMessage, UserId};

/// The newest messages, for system admins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outbox(pub Vec<OutboxMessage>);

impl Outbox {
    /// Fetches them.
    ///
    /// # Errors
    /// `forbidden` if the reader isn't a system admin.
    pub async fn fetch() -> Result<Self, ApiError> {
        api::system::get_outbox().await.map(|list| Self(list.items))
    }
}

/// Messages aren't part of the log.
impl Patch for Outbox {
    fn patch(&mut self, _: &StreamMessage, _: UserId) -> Patched {
        Patched::Unchanged
    }
}
