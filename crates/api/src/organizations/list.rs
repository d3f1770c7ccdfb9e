//! `GET /organizations`

use axum::Json;
use axum::extract::State;
use contract::UserId;
use contract::view::{List, OrganizationView};
use sqlx::PgPool;
use tracing::instrument;

use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use activity::row::OrganizationRow;

/// Returns the reader's organizations, sorted by name.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn list_organizations(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<List<OrganizationView>>, ApiFailure> {
    Ok(Json(List::single_page(load_organizations(&api.pool, reader.user_id).await?)))
}

async fn load_organizations(
    pool: &PgPool,
    user_id: UserId,
) -> Result<Vec<OrganizationView>, sqlx::Error> {
    let rows: Vec<OrganizationRow> = sqlx::query_as(
        "select o.id, o.name, o.slug, o.colour, o.picture, o.description, o.version, o.created_at
           from memberships m
           join organizations o on o.id = m.organization_id
          where m.user_id = $1
          order by lower(o.name), o.id",
    )
    .bind(user_id)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(OrganizationView::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;

    #[tokio::test]
    async fn only_the_readers_organizations_are_listed() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let attic = fixtures::create_organization(&ada, "attic").await;
        fixtures::create_organization(&grace, "harbour-lab").await;
        let list: List<OrganizationView> = ada.get("/organizations").await.ok();
        assert_eq!(list.items, [attic, wind]);
    }
}
