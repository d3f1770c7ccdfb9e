//! `GET /me/menu` and `GET /me/memberships`

use axum::Json;
use axum::extract::State;
use contract::view::{List, MembershipView, MenuView};
use tracing::instrument;

use crate::Api;
use crate::auth::session::SignedIn;
use crate::error::ApiFailure;
use crate::memberships::of_user::{load_memberships, load_menu};

/// Returns the reader's memberships in the menu's order, and the organizations with unread changes.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn menu(State(api): State<Api>, reader: SignedIn) -> Result<Json<MenuView>, ApiFailure> {
    let (memberships, unread) = load_menu(&api.pool, reader.user_id).await?;
    let List { items, total, .. } = List::single_page(memberships);
    Ok(Json(MenuView { items, total, unread }))
}

/// Returns the reader's memberships in the order of joining.
///
/// # Errors
/// 401 if nobody is signed in.
#[instrument(skip_all)]
pub async fn memberships(
    State(api): State<Api>,
    reader: SignedIn,
) -> Result<Json<List<MembershipView>>, ApiFailure> {
    Ok(Json(List::single_page(load_memberships(&api.pool, reader.user_id).await?)))
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
    async fn menu_is_in_the_readers_order() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        for slug in ["north-wind", "harbour-lab", "attic"] {
            fixtures::create_organization(&ada, slug).await;
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

    async fn unread(person: &Person) -> HashMap<OrganizationId, Position> {
        person.get("/me/menu").await.ok::<MenuView>().unread
    }

    /// Waits until an organization is unread.
    async fn wait_for_unread(person: &Person) -> HashMap<OrganizationId, Position> {
        let poll = async {
            loop {
                let unread = unread(person).await;
                if !unread.is_empty() {
                    return unread;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(15), poll)
            .await
            .expect("an organization should become unread")
    }

    #[tokio::test]
    async fn changes_by_others_are_unread_until_seen() {
        let server = TestServer::start().await;
        let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
        let wind = fixtures::create_organization(&ada, "north-wind").await;
        let path = format!("/memberships/{}", fixtures::add_member(&ada, wind.id, &grace).await.id);
        let joined = wait_for_unread(&ada).await;
        assert_eq!(joined.keys().collect::<Vec<_>>(), [&wind.id], "Grace joined");
        assert!(unread(&grace).await.is_empty(), "her own changes and earlier ones don't count");

        let _: MembershipView = grace.patch(&path, &json!({"muted": true})).await.ok();
        fixtures::create_note(&ada, "north-wind", "Plan").await;
        let noted = wait_for_unread(&grace).await;
        assert!(noted[&wind.id] > joined[&wind.id]);
        assert_eq!(unread(&ada).await, joined, "menu preferences of others don't count");

        let seen = noted[&wind.id];
        let _: MembershipView = grace.patch(&path, &json!({"seen": seen})).await.ok();
        assert!(unread(&grace).await.is_empty());
        let back: MembershipView = grace.patch(&path, &json!({"seen": 0})).await.ok();
        assert_eq!(back.preferences.unwrap().seen, seen, "the seen position never decreases");
        assert_eq!(
            ada.patch(&path, &json!({"seen": seen})).await.error().code,
            ErrorCode::Forbidden
        );
    }
}
