//! `GET /organizations/{id}/members`

use axum::Json;
use axum::extract::State;
use contract::view::{List, MembershipView};
use contract::{Capability, OrganizationRef, Role};
use serde::Deserialize;

use super::access;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::{PathOf, QueryOf};
use crate::memberships::of_organization::{self, Addresses, Direction, Filter, Place, Sort};
use crate::paging;

/// Which members, and how.
#[derive(Debug, Deserialize)]
pub struct MembersQuery {
    #[serde(default)]
    q: String,
    role: Option<Role>,
    #[serde(default)]
    sort: Sort,
    #[serde(default)]
    order: Direction,
    after: Option<String>,
    limit: Option<String>,
}

/// The members, as the reader may see them.
///
/// # Errors
/// 404 for outsiders, 422 when a parameter can't be read.
pub async fn members(
    State(api): State<Api>,
    reader: SignedIn,
    PathOf(reference): PathOf<OrganizationRef>,
    QueryOf(query): QueryOf<MembersQuery>,
) -> Result<Json<List<MembershipView>>, ApiFailure> {
    let access = access::find(&api.pool, &reference, reader.user_id).await?;
    access.require(Capability::ReadOrganization)?;
    let after = query.after.as_deref().map(|text| read_place(text, query.sort)).transpose()?;
    let limit = paging::limit(query.limit.as_deref())?;
    let sees_addresses = access.access.may(Capability::SeeEmails);
    let filter = Filter {
        organization_id: access.organization.id,
        text: query.q.trim().to_owned(),
        addresses: if sees_addresses { Addresses::Visible } else { Addresses::Hidden },
        role: query.role,
    };

    let total = of_organization::count(&api.pool, &filter).await?;
    let sorted = (query.sort, query.order);
    let page = of_organization::page(&api.pool, &filter, sorted, after.as_ref(), limit).await?;
    let seen = page.members.into_iter().filter_map(|member| {
        let visibility = access.access.membership_lens(member.user.id == reader.user_id)?;
        Some(visibility.apply(member))
    });
    Ok(Json(List { items: seen.collect(), total, next: page.next.as_ref().map(write_place) }))
}

/// Opaque to clients, so that it can change.
fn write_place(place: &Place) -> String {
    hex::encode(serde_json::to_vec(place).expect("a text and an id are always JSON"))
}

fn read_place(text: &str, sort: Sort) -> Result<Place, ApiFailure> {
    hex::decode(text)
        .ok()
        .and_then(|json| serde_json::from_slice::<Place>(&json).ok())
        .filter(|place| place.sort() == sort)
        .ok_or_else(|| paging::invalid("after", "Pass the `next` value of the previous page."))
}

#[cfg(test)]
mod tests;
