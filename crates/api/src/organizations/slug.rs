//! `GET /slugs/{slug}`

use axum::Json;
use axum::extract::State;
use contract::view::SlugView;
use contract::{OrganizationId, Slug, UserId};
use sqlx::{FromRow, PgPool};
use tracing::instrument;
use uuid::Uuid;

use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::extract::ApiPath;

/// Returns whether the slug is available to the reader, and which of the reader's organizations has it. Whether some
/// organization has the slug can't be hidden, because choosing it would fail; which one it is stays
/// hidden.
///
/// # Errors
/// 404 if the text isn't a valid slug.
#[instrument(skip_all)]
pub async fn get_slug(
    State(api): State<Api>,
    reader: SignedIn,
    ApiPath(slug): ApiPath<Slug>,
) -> Result<Json<SlugView>, ApiFailure> {
    let row = find(&api.pool, &slug, reader.user_id).await?;
    Ok(Json(SlugView { organization_id: row.leads_to, available: row.available }))
}

#[derive(FromRow)]
struct SlugRow {
    available: bool,
    leads_to: Option<OrganizationId>,
}

async fn find(pool: &PgPool, slug: &Slug, reader: UserId) -> Result<SlugRow, sqlx::Error> {
    sqlx::query_as(
        "select present.id is null
                and not is_quarantined(asked.slug, coalesce(m.organization_id, $3)) as available,
                m.organization_id as leads_to
           from (select $1 as slug) asked
           left join organizations present on present.slug = asked.slug
           left join organization_slugs former on former.slug = asked.slug
           left join memberships m
             on m.organization_id = coalesce(present.id, former.organization_id)
            and m.user_id = $2",
    )
    .bind(slug)
    .bind(reader)
    // Nobody's: the quarantine is for every organization but the slug's own.
    .bind(Uuid::nil())
    .fetch_one(pool)
    .await
}

#[cfg(test)]
mod tests {
    use contract::ErrorCode;
    use contract::view::OrganizationView;
    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn only_members_learn_which_organization_has_a_slug() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let slug: SlugView = ada.get("/slugs/North-Wind").await.ok();
        assert_eq!(slug, SlugView { organization_id: Some(wind.id), available: false });
        let slug: SlugView = grace.get("/slugs/north-wind").await.ok();
        assert_eq!(slug, SlugView { organization_id: None, available: false });
    }

    #[tokio::test]
    async fn former_slug_is_available_to_its_organization() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let update = json!({"slug": "south-wind"});
        let _: OrganizationView = ada.patch("/organizations/north-wind", &update).await.ok();
        let slug: SlugView = ada.get("/slugs/north-wind").await.ok();
        assert_eq!(slug, SlugView { organization_id: Some(wind.id), available: true });
        let grace = server.person("Grace").await;
        let slug: SlugView = grace.get("/slugs/north-wind").await.ok();
        assert_eq!(slug, SlugView { organization_id: None, available: false });
        fixtures::end_quarantines(&server).await;
        let slug: SlugView = grace.get("/slugs/north-wind").await.ok();
        assert_eq!(slug, SlugView { organization_id: None, available: true });
    }

    #[tokio::test]
    async fn invalid_slug_is_not_found() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        assert_eq!(ada.get("/slugs/a").await.error().code, ErrorCode::NotFound);
    }
}
