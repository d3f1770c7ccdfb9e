//! `GET /organizations/{id}/activities`

use axum::Json;
use axum::extract::State;
use contract::activity::AuditLog;
use contract::{Access, Capability, Kind, OrganizationRef, Position, UserId};
use serde::Deserialize;

use super::render;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::{PathOf, QueryOf};
use crate::organizations::access;
use crate::paging;
use activity::ActivityKind;
use activity::log::{self, HistoryFilter};

/// Which part of the trail.
#[derive(Debug, Deserialize)]
pub struct AuditLogQuery {
    person: Option<UserId>,
    kind: Option<Kind>,
    after: Option<String>,
    limit: Option<String>,
}

/// What happened, the newest first, as far as the reader may know of it.
///
/// # Errors
/// 404 for outsiders, 403 for a kind that isn't for the reader, 422 when a parameter can't be read.
pub async fn trail(
    State(api): State<Api>,
    reader: SignedIn,
    PathOf(reference): PathOf<OrganizationRef>,
    QueryOf(query): QueryOf<AuditLogQuery>,
) -> Result<Json<AuditLog>, ApiFailure> {
    let access = access::find(&api.pool, &reference, reader.user_id).await?;
    access.require(Capability::ReadActivities)?;
    let limit = paging::limit(query.limit.as_deref())?;
    let filter = HistoryFilter {
        organization_id: access.organization.id,
        kinds: kinds(access.access, query.kind)?,
        person: query.person,
        before: query.after.as_deref().map(read_place).transpose()?,
    };
    let past = log::history(&api.pool, &filter, limit + 1).await?;
    let (past, more) = paging::page(past, limit);
    let next = past.last().filter(|_| more).map(|last| last.activity.position);
    Ok(Json(AuditLog { items: render::tell(&api.pool, past).await?, next }))
}

/// Invitations hold addresses, so they are for those who manage them.
fn kinds(access: Access, wanted: Option<Kind>) -> Result<Vec<ActivityKind>, ApiFailure> {
    let may_know = |kind: &ActivityKind| {
        *kind != ActivityKind::Invitation || access.may(Capability::ManageInvitations)
    };
    let mut told = ActivityKind::all().filter(|kind| kind.is_of_organization());
    let Some(wanted) = wanted else { return Ok(told.filter(may_know).collect()) };
    match told.find(|kind| kind.as_str() == wanted.as_str()) {
        Some(kind) if may_know(&kind) => Ok(vec![kind]),
        Some(_) => Err(ApiFailure::Forbidden),
        None => Err(paging::invalid("kind", "This kind isn't in the trail.")),
    }
}

fn read_place(text: &str) -> Result<Position, ApiFailure> {
    let place = text.parse().ok().filter(|place| *place >= 0);
    place.map(Position).ok_or_else(|| paging::invalid("after", "This is no place in the trail."))
}
