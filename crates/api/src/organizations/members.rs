//! `GET /organizations/{id}/members`

use axum::Json;
use axum::extract::State;
use contract::text::{SearchText, SerdeTextError};
use contract::view::{List, MembershipView};
use contract::{Capability, OrganizationRef, Role};
use serde::Deserialize;
use tracing::instrument;

use super::access;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::{ApiPath, ApiQuery};
use crate::memberships::members_page::{
    self, EmailSearch, MembersCursor, MembersFilter, Sort, SortDirection,
};
use crate::paging::{self, PageLimit, UNKNOWN_PAGE};

/// The filter, the order and the page.
#[derive(Debug, Deserialize)]
pub struct MembersQuery {
    #[serde(default)]
    q: SearchText,
    role: Option<Role>,
    #[serde(default)]
    sort: Sort,
    #[serde(default)]
    order: SortDirection,
    after: Option<After>,
    #[serde(default)]
    limit: PageLimit,
}

/// Returns a page of members, with the fields that the reader may see.
///
/// # Errors
/// 404 for outsiders, 422 for an invalid parameter.
#[instrument(skip_all)]
pub async fn list_members(
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(reference): ApiPath<OrganizationRef>,
    ApiQuery(query): ApiQuery<MembersQuery>,
) -> Result<Json<List<MembershipView>>, ApiFailure> {
    let mut connection = api.pool.acquire().await?;
    let access = access::find(&mut *connection, &reference, reader.user_id).await?;
    access.require(Capability::ReadOrganization)?;
    let after = query.after.map(|After(cursor)| cursor);
    if after.as_ref().is_some_and(|cursor| cursor.sort() != query.sort) {
        return Err(paging::invalid_parameter("after", UNKNOWN_PAGE.0.message));
    }
    let limit = query.limit.get();
    let sees_emails = access.access.may(Capability::SeeEmails);
    let filter = MembersFilter {
        organization_id: access.organization.id,
        text: query.q.into(),
        email_search: if sees_emails { EmailSearch::Allowed } else { EmailSearch::Denied },
        role: query.role,
    };

    let sorted = (query.sort, query.order);
    let page = members_page::load(&mut connection, &filter, sorted, after.as_ref(), limit).await?;
    let items = page.members.into_iter().filter_map(|member| {
        let visibility = access.access.membership_visibility(member.user.id == reader.user_id)?;
        Some(visibility.apply(member))
    });
    let (items, total) = (items.collect(), page.total);
    Ok(Json(List { items, total, next: page.next.as_ref().map(encode_cursor) }))
}

/// Encodes the cursor as hexadecimal JSON, which is opaque to clients so that its content can change.
fn encode_cursor(cursor: &MembersCursor) -> String {
    hex::encode(serde_json::to_vec(cursor).expect("a text and an id are always JSON"))
}

/// The end of the former page.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct After(MembersCursor);

impl TryFrom<String> for After {
    type Error = SerdeTextError;

    fn try_from(text: String) -> Result<Self, SerdeTextError> {
        let cursor = hex::decode(text).ok().and_then(|json| serde_json::from_slice(&json).ok());
        cursor.filter(MembersCursor::is_storable).map(Self).ok_or(UNKNOWN_PAGE)
    }
}

#[cfg(test)]
mod tests;
