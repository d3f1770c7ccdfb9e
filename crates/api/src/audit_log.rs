//! The audit log and the recent activity: what members read of the activity log.

mod list;
mod recent;
mod render;

use crate::Api;
use crate::routes::{Audience, Routes};

/// `/organizations/{id}/activities` and `/me/activities`
pub fn routes() -> Routes<Api> {
    Routes::new()
        .get("/organizations/{id}/activities", Audience::Members, list::list_audit_log)
        .get("/me/activities", Audience::Accounts, recent::list_recent_activity)
}

#[cfg(test)]
mod tests;
