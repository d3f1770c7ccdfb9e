//! `GET /organizations/{id}/lookalikes`
//!
//! Names look alike when they have the same skeleton (Unicode UTS 39, section 4), whatever their case:
//! "Ada" and "Аda" with a Cyrillic А, "paypal" and "paypaI".

mod look;
pub mod member_looks;

use axum::Json;
use axum::extract::State;
use contract::view::{List, LookalikeView};
use contract::{Capability, OrganizationRef};
use tracing::{debug, instrument};

use self::member_looks::REQUEST_BATCH;
use super::access;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Returns the members whose names look like other members' names. Both are returned, because nobody knows
/// which of them imitates the other.
///
/// # Errors
/// 404 for outsiders.
#[instrument(skip_all)]
pub async fn list_lookalikes(
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(reference): ApiPath<OrganizationRef>,
) -> Result<Json<List<LookalikeView>>, ApiFailure> {
    let access = access::find(&api.pool, &reference, reader.user_id).await?;
    access.require(Capability::ReadOrganization)?;
    let organization_id = access.organization.id;
    if member_looks::are_missing(&api.pool, organization_id).await?
        && let Err(error) =
            member_looks::compute_missing(&api.pool, organization_id, REQUEST_BATCH).await
    {
        // As in a database that is read-only for now. The members who are known to look alike are returned.
        debug!(%error, "Can't store what members' names look like");
    }
    Ok(Json(List::single_page(member_looks::load_lookalikes(&api.pool, organization_id).await?)))
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn members_whose_names_look_alike_are_named_to_members() {
        let server = TestServer::start().await;
        let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
        let linus = server.person("Linus").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let of_grace = fixtures::add_member(&ada, wind.id, &grace).await;
        let path = "/organizations/north-wind/lookalikes";
        let none: List<LookalikeView> = ada.get(path).await.ok();
        assert_eq!(none.items, []);

        let renamed = grace.patch("/me", serde_json::json!({"name": "Аdа"})).await;
        assert!(renamed.status.is_success(), "{renamed:?}");
        let found: List<LookalikeView> = ada.get(path).await.ok();
        let others: Vec<_> = found.items.iter().map(|it| it.other.as_str()).collect();
        assert_eq!(others, ["Аdа", "Ada"]);
        assert_eq!(found.items[1].membership_id, of_grace.id);
        assert_eq!(linus.get(path).await.error().code, ErrorCode::NotFound);

        let renamed = grace.patch("/me", serde_json::json!({"name": "Grace"})).await;
        assert!(renamed.status.is_success(), "{renamed:?}");
        let none: List<LookalikeView> = ada.get(path).await.ok();
        assert_eq!(none.items, []);
    }
}
