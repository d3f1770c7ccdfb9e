//! `GET /me/menu` and `GET /me/memberships`

use app::contract::view::{List, MembershipView, MenuView};
use axum::Json;
use axum::extract::State;

use crate::activity::news::{self, Seen};
use crate::error::ApiFailure;
use crate::modules::Api;
use crate::modules::auth::session::SignedIn;
use crate::modules::memberships::mine::{self, Order};

/// Where the reader belongs, as they arranged it, and where something happened that they haven't
/// seen.
///
/// # Errors
/// 401 when nobody is signed in.
pub async fn menu(State(api): State<Api>, reader: SignedIn) -> Result<Json<MenuView>, ApiFailure> {
    let mine = mine::of(&api.pool, reader.user_id, Order::Arranged).await?;
    let seen: Vec<Seen> =
        mine.iter().filter_map(|its| Some((its.organization_id, its.preferences?.seen))).collect();
    let news = news::since(&api.pool, reader.user_id, &seen).await?;
    Ok(Json(MenuView { memberships: List::whole(mine), news }))
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
    use app::contract::Position;
    use serde_json::json;
    use sqlx::PgPool;

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

    /// Waits until what happened so far is in the log, and gives its end.
    async fn settled(pool: &PgPool) -> Position {
        sqlx::query(
            "insert into organizations (id, name, slug) values (gen_random_uuid(), 'End', $1)",
        )
        .bind(format!("end-{}", uuid::Uuid::new_v4().simple()))
        .execute(pool)
        .await
        .unwrap();
        let end =
            "select max(id) from activities where kind = 'organization' and data->>'name' = 'End'
                      and subject_id = (select id from organizations where name = 'End'
                                         order by created_at desc limit 1)";
        for _ in 0..500 {
            let found: Option<Position> = sqlx::query_scalar(end).fetch_one(pool).await.unwrap();
            if let Some(position) = found {
                return position;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("what happened isn't in the log after 10 s");
    }

    #[tokio::test]
    async fn what_others_do_is_news_until_it_is_seen() {
        let server = TestServer::start().await;
        let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
        let wind = fixtures::organization(&ada, "north-wind").await;
        let membership = fixtures::join(&ada, wind.id, &grace).await;
        let pool = &server.database.pool;
        let news = async |who: &crate::testing::Person| {
            settled(pool).await;
            who.get("/me/menu").await.ok::<MenuView>().news
        };
        let joined = news(&ada).await;
        assert_eq!(joined.keys().collect::<Vec<_>>(), [&wind.id], "Grace joined");
        assert_eq!(news(&grace).await.len(), 0, "what she did herself, and what was before");

        let muted = json!({"muted": true});
        let path = format!("/memberships/{}", membership.id);
        let _: MembershipView = grace.patch(&path, &muted).await.ok();
        assert_eq!(news(&ada).await, joined, "what others arrange for themselves is nobody's news");
        fixtures::note(&ada, "north-wind", "Plan").await;
        let noted = news(&grace).await;
        let position = noted[&wind.id];

        let _: MembershipView = grace.patch(&path, &json!({"seen": position})).await.ok();
        assert_eq!(news(&grace).await.len(), 0);
        let back: MembershipView = grace.patch(&path, &json!({"seen": 0})).await.ok();
        assert_eq!(back.preferences.unwrap().seen, position, "seen once, it stays seen");
    }
}
