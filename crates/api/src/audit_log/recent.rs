//! `GET /me/activities`

use std::collections::HashMap;
use tracing::instrument;

use axum::Json;
use axum::extract::State;
use contract::activity::{RecentActivity, RecentActivityView};
use contract::view::MembershipView;
use contract::{Access, Capability, OrganizationId, Position};

use super::render;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::memberships::of_user::load_memberships;
use activity::log::{self, InvitationVisibility, ReadableOrganization};

/// The number of activities that are returned.
const MAX_ACTIVITIES: i64 = 10;

/// Returns the latest activities in the reader's organizations, newest first, without those that the
/// reader may not see.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn list_recent_activity(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<RecentActivity>, ApiFailure> {
    let memberships = load_memberships(&api.pool, reader.user_id).await?;
    let readable: Vec<ReadableOrganization> = memberships.iter().filter_map(readable).collect();
    let past = log::recent_activity(&api.pool, &readable, MAX_ACTIVITIES).await?;
    let organization = |past: &log::HistoryEntry| {
        Some((past.activity.position, past.activity.change.organization_id?))
    };
    let organizations: HashMap<Position, OrganizationId> =
        past.iter().filter_map(organization).collect();
    let items = render::render(&api.pool, past).await?.into_iter().filter_map(|activity| {
        let organization_id = *organizations.get(&activity.position)?;
        Some(RecentActivityView { organization_id, activity })
    });
    Ok(Json(RecentActivity { items: items.collect() }))
}

/// Returns the organization and the kinds to read from it: the same as on the organization's own page.
fn readable(membership: &MembershipView) -> Option<ReadableOrganization> {
    let access = Access::Member(membership.role);
    let invitations = match access.may(Capability::ManageInvitations) {
        true => InvitationVisibility::Visible,
        false => InvitationVisibility::Hidden,
    };
    access.may(Capability::ReadActivities).then_some((membership.organization_id, invitations))
}
