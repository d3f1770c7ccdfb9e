//! `GET /organizations/{id}/activities`

use axum::Json;
use axum::extract::State;
use contract::activity::AuditLog;
use contract::text::SerdeTextError;
use contract::{Access, Capability, Kind, OrganizationRef, Position, UserId};
use serde::Deserialize;
use tracing::instrument;

use super::render;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::{ApiPath, ApiQuery};
use crate::organizations::access;
use crate::paging::{self, PageLimit, UNKNOWN_PAGE};
use activity::ActivityKind;
use activity::log::{self, HistoryFilter};

/// The filter and the page.
#[derive(Debug, Deserialize)]
pub struct AuditLogQuery {
    person: Option<UserId>,
    kind: Option<Kind>,
    after: Option<After>,
    #[serde(default)]
    limit: PageLimit,
}

/// The end of the former page: the position of its last activity.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct After(Position);

impl TryFrom<String> for After {
    type Error = SerdeTextError;

    fn try_from(text: String) -> Result<Self, SerdeTextError> {
        let position = text.parse().ok().filter(|position| *position >= 0);
        position.map(|position| Self(Position(position))).ok_or(UNKNOWN_PAGE)
    }
}

/// Returns a page of the organization's audit log, newest first, without the activities that the
/// reader may not see.
///
/// # Errors
/// 404 for outsiders, 403 for a kind that the reader may not see, 422 for an invalid parameter.
#[instrument(skip_all)]
pub async fn list_audit_log(
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(reference): ApiPath<OrganizationRef>,
    ApiQuery(query): ApiQuery<AuditLogQuery>,
) -> Result<Json<AuditLog>, ApiFailure> {
    let access = access::find(&api.pool, &reference, reader.user_id).await?;
    access.require(Capability::ReadActivities)?;
    let limit = query.limit.get();
    let filter = HistoryFilter {
        organization_id: access.organization.id,
        kinds: kinds(access.access, query.kind)?,
        person: query.person,
        before: query.after.map(|After(position)| position),
    };
    let past = log::history(&api.pool, &filter, limit + 1).await?;
    let (past, more) = paging::split_page(past, limit);
    let next = past.last().filter(|_| more).map(|last| last.activity.position);
    Ok(Json(AuditLog { items: render::render(&api.pool, past).await?, next }))
}

/// Returns the kinds to read: all that the reader may see, or only the `requested` one. Only users who
/// manage invitations see those, because they have email addresses.
fn kinds(access: Access, requested: Option<Kind>) -> Result<Vec<ActivityKind>, ApiFailure> {
    let may_see = |kind: &ActivityKind| {
        *kind != ActivityKind::Invitation || access.may(Capability::ManageInvitations)
    };
    let mut kinds = ActivityKind::all().filter(|kind| kind.belongs_to_organization());
    let Some(requested) = requested else { return Ok(kinds.filter(may_see).collect()) };
    match kinds.find(|kind| kind.as_str() == requested.as_str()) {
        Some(kind) if may_see(&kind) => Ok(vec![kind]),
        Some(_) => Err(ApiFailure::Forbidden),
        None => Err(paging::invalid_parameter("kind", "The audit log doesn't have this kind.")),
    }
}
