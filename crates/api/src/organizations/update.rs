//! `PATCH /organizations/{id}`

use axum::Json;
use axum::extract::State;
use contract::request::UpdateOrganization;
use contract::view::OrganizationView;
use contract::{Capability, OrganizationId};
use sqlx::PgConnection;
use tracing::instrument;

use super::access;
use crate::Api;
use crate::auth::request_actor::RequestActor;
use crate::error::ApiFailure;
use crate::extract::{ApiPath, JsonBody};
use activity::row::OrganizationRow;
use contract::OrganizationRef;

/// Changes name, slug, colour and description. The former slug still works.
///
/// # Errors
/// 404 for outsiders, 403 for members who aren't admins, 422 if another organization has the slug,
/// 409 if it keeps too many former slugs.
#[instrument(skip_all)]
pub async fn update_organization(
    State(api): State<Api>,
    request_actor: RequestActor,
    ApiPath(reference): ApiPath<OrganizationRef>,
    JsonBody(update): JsonBody<UpdateOrganization>,
) -> Result<Json<OrganizationView>, ApiFailure> {
    let mut transaction = request_actor.begin(&api.pool).await?;
    let access =
        access::lock_exclusive(&mut transaction, &reference, request_actor.user_id()).await?;
    access.require(Capability::UpdateOrganization)?;
    let quotas = api.settings.quotas;
    let OrganizationView { id, slug, .. } = &access.organization;
    quotas.require_room_for_former_slug(&mut transaction, *id, slug, update.slug.as_ref()).await?;
    let updated = write(&mut transaction, access.organization.id, &update).await?;
    transaction.commit().await?;
    Ok(Json(updated.unwrap_or(access.organization)))
}

/// Skips an update that changes nothing, because it would send a message to all readers. Returns
/// `None` then.
async fn write(
    connection: &mut PgConnection,
    id: OrganizationId,
    UpdateOrganization { name, slug, colour, description }: &UpdateOrganization,
) -> Result<Option<OrganizationView>, sqlx::Error> {
    let row: Option<OrganizationRow> = sqlx::query_as(
        "update organizations
            set name = coalesce($2, name), slug = coalesce($3, slug),
                colour = coalesce($4, colour), description = coalesce($5, description)
          where id = $1
            and (name, slug, colour, description) is distinct from
                (coalesce($2, name), coalesce($3, slug),
                 coalesce($4, colour), coalesce($5, description))
         returning id, name, slug, colour, picture, description, version, created_at",
    )
    .bind(id)
    .bind(name)
    .bind(slug)
    .bind(colour)
    .bind(description)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(OrganizationView::from))
}

#[cfg(test)]
mod tests {
    use contract::view::{List, MembershipView};
    use contract::{Colour, ErrorCode};
    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn admin_changes_name_and_slug() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let update = json!({"name": "South Wind", "slug": "south-wind"});
        let updated: OrganizationView =
            ada.patch(&format!("/organizations/{}", wind.id), update).await.ok();
        assert_eq!(updated.name.as_str(), "South Wind");
        assert_eq!(updated.slug.as_str(), "south-wind");
        assert_eq!(updated.version, wind.version + 1);
    }

    #[tokio::test]
    async fn admin_changes_colour_and_description() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        fixtures::add_member(&ada, wind.id, &grace).await;
        assert_eq!(wind.colour, Colour::default_for(wind.id.uuid()));
        assert!(wind.description.is_empty());
        let other = Colour::ALL.into_iter().find(|colour| *colour != wind.colour).unwrap();
        let update = json!({"colour": other, "description": " Rivers, measured. "});
        let updated: OrganizationView = ada.patch("/organizations/north-wind", &update).await.ok();
        assert_eq!((updated.colour, updated.description.as_str()), (other, "Rivers, measured."));
        assert_eq!((&updated.name, updated.version), (&wind.name, wind.version + 1));
        let menu: List<MembershipView> = grace.get("/me/menu").await.ok();
        assert_eq!(menu.items[0].organization, Some(updated.clone()));
        let list: List<OrganizationView> = grace.get("/organizations").await.ok();
        assert_eq!(list.items, [updated]);
        let bare: OrganizationView =
            ada.patch("/organizations/north-wind", &json!({"description": ""})).await.ok();
        assert!(bare.description.is_empty());
    }

    #[tokio::test]
    async fn unknown_colour_and_long_description_are_refused() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        for update in [json!({"colour": "mauve"}), json!({"description": "ü".repeat(501)})] {
            let error = ada.patch("/organizations/north-wind", &update).await.error();
            assert!(
                matches!(error.code, ErrorCode::InvalidFields | ErrorCode::BadRequest),
                "{update}: {error:?}"
            );
        }
    }

    #[tokio::test]
    async fn unchanged_update_makes_no_new_version() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        for update in [json!({}), json!({"slug": "north-wind"})] {
            let updated: OrganizationView =
                ada.patch("/organizations/north-wind", &update).await.ok();
            assert_eq!(updated, wind);
        }
    }

    #[tokio::test]
    async fn slug_in_use_names_its_field() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        fixtures::create_organization(&ada, "north-wind").await;
        fixtures::create_organization(&ada, "south-wind").await;
        let error =
            ada.patch("/organizations/north-wind", &json!({"slug": "south-wind"})).await.error();
        assert_eq!(error.fields["slug"].code, "taken");
    }

    #[tokio::test]
    async fn organization_can_return_to_its_former_slug() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let path = format!("/organizations/{}", wind.id);
        for slug in ["south-wind", "north-wind"] {
            let updated: OrganizationView = ada.patch(&path, &json!({"slug": slug})).await.ok();
            assert_eq!(updated.slug.as_str(), slug);
        }
        let found: OrganizationView = ada.get("/organizations/south-wind").await.ok();
        assert_eq!(found.slug.as_str(), "north-wind");
    }

    #[tokio::test]
    async fn only_admins_change_or_delete() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let linus = server.person("Linus").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        fixtures::add_member(&ada, wind.id, &grace).await;
        let update = json!({"name": "Mine"});
        let path = "/organizations/north-wind";
        let error = grace.patch(path, &update).await.error();
        assert_eq!(error.code, ErrorCode::Forbidden);
        assert_eq!(grace.delete(path).await.error().code, ErrorCode::Forbidden);
        assert_eq!(linus.patch(path, &update).await.error().code, ErrorCode::NotFound);
        assert_eq!(linus.delete(path).await.error().code, ErrorCode::NotFound);
    }
}
