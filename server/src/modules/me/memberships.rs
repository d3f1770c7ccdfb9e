//! `GET /me/menu` and `GET /me/memberships`

use app::contract::view::{List, MembershipView};
use axum::Json;
use axum::extract::State;

use crate::error::ApiFailure;
use crate::modules::Api;
use crate::modules::auth::session::SignedIn;
use crate::modules::memberships::mine::{self, Order};

/// Where the reader belongs, as they arranged it.
///
/// # Errors
/// 401 when nobody is signed in.
pub async fn menu(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<List<MembershipView>>, ApiFailure> {
    Ok(Json(List::whole(mine::of(&api.pool, reader.user_id, Order::Arranged).await?)))
}

/// Where the reader belongs, in the order they joined.
///
/// # Errors
/// 401 when nobody is signed in.
pub async fn memberships(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<List<MembershipView>>, ApiFailure> {
    Ok(Json(List::whole(mine::of(&api.pool, reader.user_id, Order::Joined).await?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::modules::fixtures;
    use crate::testing::TestServer;

    fn slugs(list: &List<MembershipView>) -> Vec<&str> {
        list.items.iter().map(|item| item.organization.as_ref().unwrap().slug.as_str()).collect()
    }

    #[tokio::test]
    async fn the_menu_shows_organizations_as_the_reader_arranged_them() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        for slug in ["north-wind", "harbour-lab", "attic"] {
            fixtures::organization(&ada, slug).await;
        }
        let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
        assert_eq!(slugs(&menu), ["north-wind", "harbour-lab", "attic"]);

        let path = format!("/memberships/{}", menu.items[2].id);
        let _: MembershipView = ada.patch(&path, &json!({"displayOrder": -1.5})).await.ok();
        let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
        assert_eq!(slugs(&menu), ["attic", "north-wind", "harbour-lab"]);
        let joined: List<MembershipView> = ada.get("/me/memberships").await.ok();
        assert_eq!(slugs(&joined), ["north-wind", "harbour-lab", "attic"]);
        assert_eq!(joined.total, 3);
    }
}
