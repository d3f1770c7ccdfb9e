//! `/system`

use super::transport::{Request, send};
use contract::ApiError;
use contract::system::SystemView;

/// `GET /system/state`: for system admins.
///
/// # Errors
/// `forbidden` for whoever isn't one.
pub async fn state() -> Result<SystemView, ApiError> {
    send(Request::get("/system/state")).await?.json()
}
