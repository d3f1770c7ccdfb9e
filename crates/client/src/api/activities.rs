//! `/organizations/{id}/activities` and `/me/activities`: the audit trail.

use serde::{Deserialize, Serialize};

use super::transport::{Request, send};
use contract::activity::{AuditLog, RecentActivity};
use contract::{ApiError, Kind, OrganizationId, Position, UserId};

/// Which part of the trail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLogFilter {
    /// Only what that person did, or what was done to what is theirs.
    pub person: Option<UserId>,
    /// Only what happened to that kind of thing.
    pub kind: Option<Kind>,
}

/// `GET /organizations/{id}/activities`: one page, the newest first; `after` is the `next` of the
/// page before.
///
/// # Errors
/// `not_found` for whoever isn't a member, `forbidden` for a kind that isn't for the reader.
pub async fn of_organization(
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

/// `GET /me/activities`: what happened last in the reader's organizations.
///
/// # Errors
/// `not_signed_in` without a session.
pub async fn lately() -> Result<RecentActivity, ApiError> {
    send(Request::get("/me/activities")).await?.json()
}
