//! `POST /organizations`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::request::CreateOrganization;
use contract::view::OrganizationView;
use contract::{OrganizationId, Role, UserId};
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::JsonBody;
use crate::memberships::join::join;
use crate::request_span::record_organization;
use activity::row::OrganizationRow;

/// Creates an organization. The user becomes its first admin.
///
/// # Errors
/// 422 if another organization has the slug, or had it in the last 90 days; 409 if the user is an admin of too
/// many organizations.
#[instrument(skip_all)]
pub async fn create_organization(
    State(api): State<Api>,
    request_actor: RequestActor,
    JsonBody(request): JsonBody<CreateOrganization>,
) -> Result<(StatusCode, Json<OrganizationView>), ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let quotas = api.settings.quotas;
    quotas.require_room_for_organization(&mut transaction, request_actor.user_id()).await?;
    let organization = create(&mut transaction, &request, request_actor.user_id()).await?;
    record_organization(organization.id);
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Json(organization)))
}

/// Inserts an organization and its first admin. A former slug of another organization now refers to
/// the new one.
///
/// # Errors
/// When another organization has the slug (`organizations_slug_unique`), or the database fails.
pub async fn create(
    connection: &mut PgConnection,
    CreateOrganization { name, slug }: &CreateOrganization,
    admin: UserId,
) -> Result<OrganizationView, sqlx::Error> {
    let id = OrganizationId::from_uuid(Uuid::now_v7());
    let row: OrganizationRow = sqlx::query_as(
        "insert into organizations (id, name, slug) values ($1, $2, $3)
         returning id, name, slug, colour, picture, description, version, created_at",
    )
    .bind(id)
    .bind(name)
    .bind(slug)
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query("delete from organization_slugs where slug = $1")
        .bind(slug)
        .execute(&mut *connection)
        .await?;
    join(connection, id, admin, Role::Admin).await?;
    Ok(row.into())
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::{List, MembershipView};
    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn creator_is_the_first_admin() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
        assert_eq!(menu.items[0].organization, Some(wind));
        assert_eq!(menu.items[0].role, Role::Admin);
    }

    #[tokio::test]
    async fn slug_in_use_is_refused() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        fixtures::create_organization(&ada, "north-wind").await;
        let request = json!({"name": "Another", "slug": "North-Wind"});
        let error = grace.post("/organizations", &request).await.error();
        assert_eq!(error.code, ErrorCode::InvalidFields);
        assert_eq!(error.fields["slug"].code, "taken");
        let menu: List<MembershipView> = grace.get("/me/menu").await.ok();
        assert_eq!(menu.total, 0);
    }

    #[tokio::test]
    async fn former_slug_can_be_reused_after_90_days() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let path = format!("/organizations/{}", wind.id);
        let _: OrganizationView = ada.patch(&path, &json!({"slug": "south-wind"})).await.ok();
        let refusal = grace
            .post("/organizations", &json!({"name": "North Wind", "slug": "north-wind"}))
            .await
            .error();
        assert_eq!(refusal.fields["slug"].code, "taken");
        assert!(refusal.fields["slug"].message.contains("90 days"), "{refusal:?}");
        fixtures::end_quarantines(&server).await;
        let taken = fixtures::create_organization(&grace, "north-wind").await;
        let found: OrganizationView = grace.get("/organizations/north-wind").await.ok();
        assert_eq!(found.id, taken.id);
        let error = ada.get("/organizations/north-wind").await.error();
        assert_eq!(error.code, ErrorCode::NotFound);
    }

    #[tokio::test]
    async fn slug_of_a_deleted_organization_is_kept_for_90_days() {
        let server = TestServer::start().await;
        let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
        fixtures::create_organization(&ada, "north-wind").await;
        ada.delete("/organizations/north-wind").await.no_content();
        let request = json!({"name": "North Wind", "slug": "north-wind"});
        let refusal = grace.post("/organizations", &request).await.error();
        assert_eq!(refusal.fields["slug"].code, "taken");
        fixtures::end_quarantines(&server).await;
        fixtures::create_organization(&grace, "north-wind").await;
    }

    #[tokio::test]
    async fn organization_may_take_its_former_slug_back() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let path = format!("/organizations/{}", wind.id);
        for slug in ["south-wind", "north-wind"] {
            let changed: OrganizationView = ada.patch(&path, &json!({"slug": slug})).await.ok();
            assert_eq!(changed.slug.as_str(), slug);
        }
    }
}
