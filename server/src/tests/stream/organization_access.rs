//! Access to the stream of an organization, and its end.

use contract::ErrorCode;
use reqwest::StatusCode;
use uuid::Uuid;

use super::organization_stream::{note_in, open_organization_stream, write_note};
use super::*;
use activity::log::missed::CatchUpLimits;
use api::auth::session::SignedIn;
use stream::catch_up::{CatchUp, from_database};
use stream::scope::Scope;

async fn expect_access_lost(reader: &mut StreamReader) {
    let (_, event) = reader.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?} instead of the end") };
    assert_eq!((end.code, end.reconnect), (EndCode::AccessLost, false));
    reader.expect_end().await;
}

#[tokio::test]
async fn stream_ends_with_the_readers_membership() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let (mut remaining, mut removed) = (
        open_organization_stream(&server, &ada, &team).await,
        open_organization_stream(&server, &grace, &team).await,
    );

    write_note(&ada, &team, "Before").await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    write_note(&ada, &team, "After").await;

    assert_eq!(note_in(&next_change(&mut removed).await).title.as_str(), "Before");
    expect_access_lost(&mut removed).await;
    for title in ["Before", "After"] {
        assert_eq!(note_in(&next_change(&mut remaining).await).title.as_str(), title);
    }
    let refused = grace.get(&format!("/organizations/{}/sync/stream", team.id)).await;
    assert_eq!(refused.error().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn removed_member_receives_exactly_the_notes_before_the_removal() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let mut reader = open_organization_stream(&server, &grace, &team).await;

    let writing = async {
        for number in 0..60 {
            write_note(&ada, &team, &format!("Note {number}")).await;
            if number == 30 {
                ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
            }
        }
    };
    let reading = async {
        let mut received = Vec::new();
        loop {
            match reader.next_event().await.1 {
                StreamEvent::Change(message) => received.push(message.position),
                StreamEvent::End(end) => break assert_eq!(end.code, EndCode::AccessLost),
                other => panic!("{other:?}"),
            }
        }
        reader.expect_end().await;
        received
    };
    let ((), received) = tokio::join!(writing, reading);
    wait_for_log(&server).await;
    let before: Vec<Position> = sqlx::query_scalar(
        "select id from activities
          where kind = 'note' and organization_id = $1
            and id < (select id from activities where subject_id = $2 and action = 'deleted')
          order by id",
    )
    .bind(team.id)
    .bind(membership.id)
    .fetch_all(&server.database.pool)
    .await
    .unwrap();
    assert_eq!(received, before);
    assert_eq!(received.len(), 31);
}

#[tokio::test]
async fn deletion_of_an_organization_ends_its_streams_before_its_notes_are_deleted() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    write_note(&ada, &team, "Plan").await;
    let mut reader = open_organization_stream(&server, &ada, &team).await;
    ada.delete(&format!("/organizations/{}", team.id)).await.no_content();
    expect_access_lost(&mut reader).await;
}

#[tokio::test]
async fn ended_session_ends_its_organization_streams() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut reader = open_organization_stream(&server, &ada, &team).await;
    assert!(ada.post("/auth/sign-out", &json!({})).await.status.is_success());
    let (_, event) = reader.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    assert_eq!((end.code, end.reconnect), (EndCode::SessionEnded, false));
    reader.expect_end().await;
}

#[tokio::test]
async fn outsiders_and_visitors_are_refused_with_a_status() {
    let server = TestServer::start().await;
    let (ada, linus) = (server.person("Ada").await, server.person("Linus").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let path = |reference: &str| format!("/organizations/{reference}/sync/stream");
    let id = team.id.to_string();
    for (person, path, status) in [
        (&linus, path(&id), StatusCode::NOT_FOUND),
        (&linus, path("north-wind"), StatusCode::NOT_FOUND),
        (&ada, path("nobody-has-this"), StatusCode::NOT_FOUND),
        (&ada, path(&Uuid::now_v7().to_string()), StatusCode::NOT_FOUND),
        (&server.visitor(), path(&id), StatusCode::UNAUTHORIZED),
        (&ada, path(&id) + "?cursor=nonsense", StatusCode::BAD_REQUEST),
    ] {
        let refused = person.get(&path).await;
        assert_eq!(refused.status, status, "{path}");
        assert!(!refused.error().request_id.is_empty());
    }
}

#[tokio::test]
async fn reader_without_access_catches_up_on_nothing() {
    let server = TestServer::start().await;
    let (ada, linus) = (server.person("Ada").await, server.person("Linus").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let cursor = wait_for_log(&server).await;
    write_note(&ada, &team, "Secret").await;
    wait_for_log(&server).await;
    let pool = &server.database.pool;
    for (person, is_member) in [(&ada, true), (&linus, false)] {
        let user_id = me(person).await.user.id;
        let (session_id, expires_at) =
            sqlx::query_as("select id, expires_at from sessions where user_id = $1")
                .bind(user_id)
                .fetch_one(pool)
                .await
                .unwrap();
        let reader = SignedIn { user_id, session_id, system_admin: false, expires_at };
        let scope = Scope::Organization(team.id);
        let limits = CatchUpLimits { entities: 100, bytes: 1 << 20 };
        match from_database(pool, &reader, scope, Some(cursor), limits).await.unwrap() {
            CatchUp::Frames { frames, .. } => assert!(is_member && frames.len() == 1),
            CatchUp::Ended(EndCode::AccessLost) => assert!(!is_member),
            other => panic!("{other:?}"),
        }
    }
}
