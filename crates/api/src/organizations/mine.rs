//! `GET /organizations`

use axum::Json;
use axum::extract::State;
use contract::UserId;
use contract::view::{List, OrganizationView};
use sqlx::PgPool;

use super::row::OrganizationRow;
use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;

/// The reader's organizations, by name.
///
/// # Errors
/// 401 when nobody is signed in.
pub async fn my_organizations(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<List<OrganizationView>>, ApiFailure> {
    Ok(Json(List::whole(of(&api.pool, reader.user_id).await?)))
}

async fn of(pool: &PgPool, user_id: UserId) -> Result<Vec<OrganizationView>, sqlx::Error> {
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
    async fn only_the_readers_own_organizations_are_listed() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let grace = server.person("Grace").await;
        let wind = fixtures::organization(&ada, "north-wind").await;
        let attic = fixtures::organization(&ada, "attic").await;
        fixtures::organization(&grace, "harbour-lab").await;
        let list: List<OrganizationView> = ada.get("/organizations").await.ok();
        assert_eq!(list.items, [attic, wind]);
    }
}
