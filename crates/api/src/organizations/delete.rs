//! `DELETE /organizations/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use contract::{Capability, OrganizationRef};
use tracing::instrument;

use super::access;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Deletes the organization with its memberships, invitations and resources.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins.
#[instrument(skip_all)]
pub async fn delete_organization(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(reference): ApiPath<OrganizationRef>,
) -> Result<StatusCode, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let access =
        access::lock_exclusive(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::DeleteOrganization)?;
    sqlx::query("delete from organizations where id = $1")
        .bind(access.organization.id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use contract::view::{List, MembershipView, SlugView};

    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn deleted_organization_leaves_all_menus_and_frees_its_slug_after_90_days() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        fixtures::add_member(&ada, wind.id, &grace).await;
        ada.delete("/organizations/north-wind").await.no_content();
        for person in [&ada, &grace] {
            let menu: List<MembershipView> = person.get("/me/menu").await.ok();
            assert_eq!(menu.total, 0);
        }
        fixtures::end_quarantines(&server).await;
        let slug: SlugView = grace.get("/slugs/north-wind").await.ok();
        assert_eq!(slug, SlugView { organization_id: None, available: true });
    }
}
