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
use crate::memberships::mine::{self, Order};
use activity::log::{self, Invitations, Told};

/// How many are told.
const MOST: i64 = 10;

/// What happened last in the reader's organizations, as far as they may know of it.
///
/// # Errors
/// 401 when nobody is signed in.
pub async fn lately(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<RecentActivity>, ApiFailure> {
    let mine = mine::of(&api.pool, reader.user_id, Order::Joined).await?;
    let told: Vec<Told> = mine.iter().filter_map(told).collect();
    let past = log::lately(&api.pool, &told, MOST).await?;
    let place =
        |past: &log::Past| Some((past.activity.position, past.activity.change.organization_id?));
    let places: HashMap<Position, OrganizationId> = past.iter().filter_map(place).collect();
    let items = render::tell(&api.pool, past).await?.into_iter().filter_map(|activity| {
        let organization_id = *places.get(&activity.position)?;
        Some(RecentActivityView { organization_id, activity })
    });
    Ok(Json(RecentActivity { items: items.collect() }))
}

/// What a member reads of their organization here is what its own page shows them.
fn told(membership: &MembershipView) -> Option<Told> {
    let access = Access::Member(membership.role);
    let invitations = match access.may(Capability::ManageInvitations) {
        true => Invitations::Told,
        false => Invitations::Untold,
    };
    access.may(Capability::ReadActivities).then_some((membership.organization_id, invitations))
}
