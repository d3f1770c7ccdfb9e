//! `POST /organizations/{id}/leave`

use axum::extract::State;
use axum::http::StatusCode;
use contract::{Capability, OrganizationRef};
use tracing::instrument;

use super::access;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;
use crate::memberships::{remove, row};

/// Deletes the user's own membership.
///
/// # Errors
/// 404 for outsiders, 409 for the only admin, who can delete the organization instead.
#[instrument(skip_all)]
pub async fn leave(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(reference): ApiPath<OrganizationRef>,
) -> Result<StatusCode, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let access =
        access::lock_exclusive(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::ReadOrganization)?;
    let membership =
        row::find_of_user(&mut *transaction, access.organization.id, request_actor.user_id())
            .await?
            .ok_or(ApiFailure::Conflict)?;
    remove::remove(&mut transaction, &membership).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::{List, MembershipView};
    use serde_json::json;

    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn member_leaves() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        fixtures::add_member(&ada, wind.id, &grace).await;
        grace.post("/organizations/north-wind/leave", &json!({})).await.no_content();
        let members: List<MembershipView> = ada.get("/organizations/north-wind/members").await.ok();
        assert_eq!(members.total, 1);
        let again = grace.post("/organizations/north-wind/leave", &json!({})).await.error();
        assert_eq!(again.code, ErrorCode::NotFound);
    }

    #[tokio::test]
    async fn the_only_admin_cannot_leave() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let error = ada.post("/organizations/north-wind/leave", &json!({})).await.error();
        assert_eq!(error.code, ErrorCode::LastAdmin);
    }
}
