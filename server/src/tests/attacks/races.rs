//! Fifty requests at the same moment that only some of may succeed.

use std::future::Future;

use contract::ErrorCode;
use contract::view::{List, MembershipView, OrganizationView};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use crate::testing::{Reply, TestServer};

/// How many requests take part.
const RACERS: u32 = 50;

/// The replies to requests that are sent at once, by whether they succeeded.
async fn race(
    requests: impl IntoIterator<Item = impl Future<Output = Reply>>,
) -> (Vec<Reply>, Vec<Reply>) {
    let replies = join_all(requests).await;
    for reply in &replies {
        assert!(!reply.status.is_server_error(), "{reply:?}");
    }
    replies.into_iter().partition(|reply| reply.status.is_success())
}

#[tokio::test]
async fn one_of_fifty_gets_a_slug() {
    let server = TestServer::start().await;
    let guests = server.guests(RACERS).await;
    let body = json!({"name": "North Wind", "slug": "north-wind"});
    let (served, refused) =
        race(guests.iter().map(|guest| guest.post("/organizations", &body))).await;
    assert_eq!(served.len(), 1);
    for reply in refused {
        assert!(reply.error().field("slug").is_some(), "{reply:?}");
    }
}

#[tokio::test]
async fn one_of_fifty_admins_who_leave_at_once_stays() {
    let server = TestServer::start().await;
    let guests = server.guests(RACERS).await;
    let body = json!({"name": "North Wind", "slug": "north-wind"});
    let wind: OrganizationView = guests[0].post("/organizations", &body).await.ok();
    sqlx::query(
        "insert into memberships (id, organization_id, user_id, role)
         select gen_random_uuid(), $1, id, 'admin' from users
         on conflict on constraint memberships_organization_user_unique do nothing",
    )
    .bind(wind.id)
    .execute(&server.database.pool)
    .await
    .unwrap();
    let nothing = json!({});
    let (left, stayed) =
        race(guests.iter().map(|guest| guest.post("/organizations/north-wind/leave", &nothing)))
            .await;
    assert_eq!(left.len(), 49);
    assert_eq!(stayed[0].error().code, ErrorCode::LastAdmin);
}

#[tokio::test]
async fn invitation_that_is_accepted_fifty_times_at_once_makes_one_member() {
    let server = TestServer::start().await;
    let guests = server.guests(2).await;
    let body = json!({"name": "North Wind", "slug": "north-wind"});
    let _: OrganizationView = guests[0].post("/organizations", &body).await.ok();
    let invite = json!({"emails": ["guest2@example.com"], "role": "member"});
    let _: List<serde_json::Value> =
        guests[0].post("/organizations/north-wind/invitations", &invite).await.ok();
    let invitations: List<serde_json::Value> = guests[1].get("/me/invitations").await.ok();
    let path = format!("/invitations/{}/accept", invitations.items[0]["id"].as_str().unwrap());
    let nothing = json!({});
    let (accepted, refused) = race((0..RACERS).map(|_| guests[1].post(&path, &nothing))).await;
    assert_eq!(accepted.len(), 1);
    assert!(refused.iter().all(|reply| reply.status == StatusCode::NOT_FOUND), "{refused:?}");
    let members: List<MembershipView> =
        guests[0].get("/organizations/north-wind/members").await.ok();
    assert_eq!(members.total, 2);
}
