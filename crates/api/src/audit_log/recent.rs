//! `GET /me/activities`

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use contract::activity::{RecentActivity, RecentActivityView};
use contract::view::MembershipView;
use contract::{Access, Capability, OrganizationId, Position};

use super::render;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::memberships::of_user::{MembershipOrder, load_memberships};
use activity::log::{self, Invitations, Told};

/// The number of activities that are returned.
const MAX_ACTIVITIES: i64 = 10;

/// Returns the latest activities in the reader's organizations, newest first, without those that the
/// reader may not see.
///
/// # Errors
/// 401 if nobody is signed in.
pub async fn list_recent_activity(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<RecentActivity>, ApiFailure> {
    let mine = load_memberships(&api.pool, reader.user_id, MembershipOrder::Joined).await?;
    let told: Vec<Told> = mine.iter().filter_map(told).collect();
    let past = log::lately(&api.pool, &told, MAX_ACTIVITIES).await?;
    let place =
        |past: &log::Past| Some((past.activity.position, past.activity.change.organization_id?));
    let places: HashMap<Position, OrganizationId> = past.iter().filter_map(place).collect();
    let items = render::render(&api.pool, past).await?.into_iter().filter_map(|activity| {
        let organization_id = *places.get(&activity.position)?;
        Some(RecentActivityView { organization_id, activity })
    });
    Ok(Json(RecentActivity { items: items.collect() }))
}

/// The organization and the kinds to read from it: the same as on the organization's own page.
fn told(membership: &MembershipView) -> Option<Told> {
    let access = Access::Member(membership.role);
    let invitations = match access.may(Capability::ManageInvitations) {
        true => Invitations::Told,
        false => Invitations::Untold,
    };
    access.may(Capability::ReadActivities).then_some((membership.organization_id, invitations))
}
