//! `GET /me/menu` and `GET /me/memberships`

use axum::Json;
use axum::extract::State;
use contract::view::{List, MembershipView, MenuView};

use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::memberships::mine::{self, Order};
use activity::news::{self, Seen};

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
    let List { items, total, .. } = List::whole(mine);
    Ok(Json(MenuView { items, total, news }))
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
    use std::collections::HashMap;
    use std::time::Duration;

    use contract::{ErrorCode, OrganizationId, Position};
    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::test_server::TestServer;
    use testing::Person;

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

    async fn news(person: &Person) -> HashMap<OrganizationId, Position> {
        person.get("/me/menu").await.ok::<MenuView>().news
    }

    /// Waits until there is something new.
    async fn some_news(person: &Person) -> HashMap<OrganizationId, Position> {
        let poll = async {
            loop {
                let news = news(person).await;
                if !news.is_empty() {
                    return news;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(15), poll).await.expect("something is new")
    }

    #[tokio::test]
    async fn what_others_do_is_news_until_it_is_seen() {
        let server = TestServer::start().await;
        let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
        let wind = fixtures::organization(&ada, "north-wind").await;
        let path = format!("/memberships/{}", fixtures::join(&ada, wind.id, &grace).await.id);
        let joined = some_news(&ada).await;
        assert_eq!(joined.keys().collect::<Vec<_>>(), [&wind.id], "Grace joined");
        assert!(news(&grace).await.is_empty(), "what she did herself, and what was before");

        let _: MembershipView = grace.patch(&path, &json!({"muted": true})).await.ok();
        fixtures::note(&ada, "north-wind", "Plan").await;
        let noted = some_news(&grace).await;
        assert!(noted[&wind.id] > joined[&wind.id]);
        assert_eq!(news(&ada).await, joined, "what others arrange for themselves is nobody's news");

        let seen = noted[&wind.id];
        let _: MembershipView = grace.patch(&path, &json!({"seen": seen})).await.ok();
        assert!(news(&grace).await.is_empty());
        let back: MembershipView = grace.patch(&path, &json!({"seen": 0})).await.ok();
        assert_eq!(back.preferences.unwrap().seen, seen, "seen once, it stays seen");
        assert_eq!(
            ada.patch(&path, &json!({"seen": seen})).await.error().code,
            ErrorCode::Forbidden
        );
    }
}
