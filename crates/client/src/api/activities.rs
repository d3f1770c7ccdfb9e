//! `/organizations/{id}/activities` and `/me/activities`: the audit log.

use serde::{Deserialize, Serialize};

use super::transport::{Request, send};
use contract::activity::{AuditLog, RecentActivity};
use contract::{ApiError, Kind, OrganizationId, Position, UserId};

/// A filter of the audit log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLogFilter {
    /// Only activities by that person, or about something of theirs.
    pub person: Option<UserId>,
    /// Only activities about that kind of subject.
    pub kind: Option<Kind>,
}

/// `GET /organizations/{id}/activities`: a page of at most 50 activities, newest first; `after` is
/// the `next` of the previous page.
///
/// # Errors
/// `not_found` if the reader isn't a member, `forbidden` if they may not see that kind.
pub async fn list(
    organization: OrganizationId,
    filter: AuditLogFilter,
    after: Option<Position>,
) -> Result<AuditLog, ApiError> {
    let mut path = format!("/organizations/{organization}/activities?limit=50");
    if let Some(person) = filter.person {
        path.push_str(&format!("&person={person}"));
    }
    if let Some(kind) = filter.kind {
        path.push_str(&format!("&kind={}", kind.as_str()));
    }
    if let Some(after) = after {
        path.push_str(&format!("&after={after}"));
    }
    send(Request::get(path)).await?.json()
}

/// `GET /me/activities`: the latest activities in the reader's organizations.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn list_recent() -> Result<RecentActivity, ApiError> {
    send(Request::get("/me/activities")).await?.json()
}
