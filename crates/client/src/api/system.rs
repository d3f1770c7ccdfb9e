//! `/system`

use super::transport::{Request, send};
use contract::ApiError;
use contract::system::{OutboxMessage, SystemView};
use contract::view::List;

/// `GET /system/state`: the state of the system, for system admins.
///
/// # Errors
/// `forbidden` if the caller isn't a system admin.
pub async fn get_state() -> Result<SystemView, ApiError> {
    send(Request::get("/system/state")).await?.json()
}

/// `GET /system/mail`: the newest messages, for system admins.
///
/// # Errors
/// `forbidden` if the caller isn't a system admin.
pub async fn get_outbox() -> Result<List<OutboxMessage>, ApiError> {
    send(Request::get("/system/mail")).await?.json()
}
