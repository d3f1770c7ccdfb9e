use contract::ErrorCode;
use contract::note::NoteView;
use contract::view::{InviteOutcome, InviteResult, List, MembershipView};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use super::*;
use crate::auth::session;
use crate::fixtures;
use crate::test_server::TestServer;
use testing::{Person, Reply};

const SMALL: Quotas = Quotas { organizations: 3, notes: 3, open_invitations: 3, former_slugs: 3 };

/// Counts the successes among the replies. All others must name a reached quota.
fn successes(replies: &[Reply], sentence: &str) -> usize {
    let (accepted, refused): (Vec<_>, Vec<_>) =
        replies.iter().partition(|reply| reply.status.is_success());
    for reply in refused {
        assert_eq!(reply.status, StatusCode::CONFLICT, "{reply:?}");
        let error = reply.error();
        assert_eq!(error.code, ErrorCode::QuotaReached);
        assert!(error.message.contains(sentence), "{}", error.message);
    }
    accepted.len()
}

async fn create_note(person: &Person, number: i32) -> Reply {
    let body = json!({"title": format!("Note {number}")});
    person.post("/organizations/north-wind/notes", body).await
}

#[tokio::test]
async fn fifty_organizations_at_once_stay_within_the_quota() {
    let server = TestServer::with_quotas(SMALL).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let create = |number| {
        let body = json!({"name": "Wind", "slug": format!("wind-{number}")});
        async { ada.post("/organizations", body).await }
    };
    let replies = join_all((0..50).map(create)).await;
    assert_eq!(successes(&replies, "up to 3 organizations"), 3);
    let menu: List<MembershipView> = ada.get("/me/menu").await.ok();
    assert_eq!(menu.total, 3);

    // Those of which she is only a member don't count.
    let breeze = fixtures::create_organization(&grace, "breeze").await;
    fixtures::add_member(&grace, breeze.id, &ada).await;
    let path = format!("/organizations/{}", menu.items[0].organization_id);
    ada.delete(&path).await.no_content();
    fixtures::create_organization(&ada, "storm").await;
}

#[tokio::test]
async fn fifty_notes_at_once_stay_within_the_quota() {
    let server = TestServer::with_quotas(SMALL).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    fixtures::add_member(&ada, wind.id, &grace).await;
    let people = [&ada, &grace];
    let replies =
        join_all((0..50).map(|number| create_note(people[number as usize % 2], number))).await;
    assert_eq!(successes(&replies, "up to 3 notes"), 3);
    let notes: List<NoteView> = ada.get("/organizations/north-wind/notes").await.ok();
    assert_eq!(notes.total, 3);
}

#[tokio::test]
async fn fifty_invitations_at_once_stay_within_the_quota() {
    let server = TestServer::with_quotas(SMALL).await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    let path = format!("/organizations/{}/invitations", wind.id);
    let invite = async |emails: Vec<String>| {
        ada.post(&path, json!({"emails": emails, "role": "member"})).await
    };
    let one = |number| invite(vec![format!("guest{number}@example.com")]);
    let replies = join_all((0..50).map(one)).await;
    assert_eq!(successes(&replies, "up to 3 open invitations"), 3);

    // Those that are invited already need no room.
    let invited: List<serde_json::Value> = ada.get(&path).await.ok();
    let email = invited.items[0]["email"].as_str().unwrap().to_owned();
    let again: List<InviteResult> = invite(vec![email]).await.ok();
    assert_eq!(again.items[0].outcome, InviteOutcome::AlreadyInvited);

    let revoked = format!("/invitations/{}", invited.items[0]["id"].as_str().unwrap());
    ada.delete(&revoked).await.no_content();
    let two = invite(vec!["a@example.com".to_owned(), "b@example.com".to_owned()]).await;
    assert_eq!(successes(&[two], "up to 3 open invitations"), 0, "all of them or none");
    assert!(invite(vec!["a@example.com".to_owned()]).await.status.is_success());
}

#[tokio::test]
async fn declined_invitation_needs_room_to_be_sent_again() {
    let server = TestServer::with_quotas(Quotas { open_invitations: 1, ..SMALL }).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    fixtures::invite(&ada, wind.id, "grace@example.com").await;
    let invitation = fixtures::only_invitation(&grace).await;
    grace.post(&format!("/invitations/{}/reject", invitation.id), json!({})).await.no_content();
    fixtures::invite(&ada, wind.id, "linus@example.com").await;
    let resend = format!("/invitations/{}/resend", invitation.id);
    let refused = ada.post(&resend, json!({})).await;
    assert_eq!(successes(&[refused], "up to 1 open invitations"), 0);
}

#[tokio::test]
async fn new_slug_is_refused_when_the_organization_keeps_too_many_and_a_former_one_is_not() {
    let server = TestServer::with_quotas(SMALL).await;
    let ada = server.person("Ada").await;
    let wind = fixtures::create_organization(&ada, "wind-0").await;
    let path = format!("/organizations/{}", wind.id);
    let change = |number| {
        let body = json!({"slug": format!("wind-{number}")});
        async { ada.patch(&path, body).await }
    };
    let replies = join_all((1..=50).map(change)).await;
    assert_eq!(successes(&replies, "up to 3 former URLs"), 3);
    let replies = [change(0).await, change(51).await];
    assert_eq!(successes(&replies, "up to 3 former URLs"), 1);
    assert!(replies[0].status.is_success());
    let renamed = ada.patch(&path, json!({"name": "Storm", "slug": "wind-0"})).await;
    assert!(renamed.status.is_success(), "an unchanged slug needs no room: {renamed:?}");
}

#[tokio::test]
async fn fifty_sign_ins_at_once_leave_the_newest_sessions() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let id = fixtures::id_of(&ada).await;
    let create = || async {
        let mut transaction = db::transaction::begin(&server.database.pool).await.unwrap();
        let clock = &server.database.clock;
        session::create(&mut transaction, clock, id, None, None).await.unwrap();
        transaction.commit().await.unwrap();
    };
    let count = async || -> i64 {
        sqlx::query_scalar("select count(*) from sessions where user_id = $1")
            .bind(id)
            .fetch_one(&server.database.pool)
            .await
            .unwrap()
    };
    for _ in 0..2 {
        join_all((0..50).map(|_| create())).await;
    }
    assert_eq!(count().await, session::MAX_PER_USER);
    let ended = ada.get("/me").await;
    assert_eq!(ended.error().code, ErrorCode::NotSignedIn, "the oldest session has ended");
}
