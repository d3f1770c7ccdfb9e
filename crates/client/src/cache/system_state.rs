//! The state of the system.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::system::SystemView;
use contract::{ApiError, StreamMessage, UserId};

/// The value of the page `/system`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemState(pub SystemView);

impl SystemState {
    /// Fetches it.
    ///
    /// # Errors
    /// `forbidden` if the reader isn't a system admin.
    pub async fn fetch() -> Result<Self, ApiError> {
        api::system::get_state().await.map(Self)
    }
}

/// It describes the servers, not the data: no message is about it, so the page polls.
impl Patch for SystemState {
    fn patch(&mut self, _: &StreamMessage, _: UserId) -> Patched {
        Patched::Unchanged
    }
}
