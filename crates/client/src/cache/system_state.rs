//! How the system is doing.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::system::SystemView;
use contract::{ApiError, StreamMessage, UserId};

/// What `/system` shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemState(pub SystemView);

impl SystemState {
    /// Reads it.
    ///
    /// # Errors
    /// `forbidden` for whoever isn't a system admin.
    pub async fn fetch() -> Result<Self, ApiError> {
        api::system::state().await.map(Self)
    }
}

/// It is about the machines, not the data: no message tells of it, so the page asks again.
impl Patch for SystemState {
    fn patch(&mut self, _: &StreamMessage, _: UserId) -> Patched {
        Patched::Unchanged
    }
}
