//! The reader's two-factor authentication.

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::second_factor::TwoFactorView;
use contract::{ApiError, StreamMessage, UserId};

/// The settings of the reader's two-factor authentication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TwoFactor(pub TwoFactorView);

impl TwoFactor {
    /// Fetches them.
    ///
    /// # Errors
    /// `not_signed_in` without a session.
    pub async fn fetch() -> Result<Self, ApiError> {
        api::me::two_factor().await.map(Self)
    }
}

/// They aren't part of the log: their page is loaded again after each change.
impl Patch for TwoFactor {
    fn patch(&mut self, _: &StreamMessage, _: UserId) -> Patched {
        Patched::Unchanged
    }
}
