//! The same promises on the stream of an organization, which tells of its notes.

use contract::note::NoteView;
use contract::{ErrorCode, MutationId, OrganizationRef, ResourceEntity, ResourceKind};
use reqwest::{Method, StatusCode};
use uuid::Uuid;

use super::*;
use api::auth::session::SignedIn;
use stream::catch_up::{CaughtUp, catch_up};
use stream::scope::Scope;

async fn write(person: &Person, organization: &OrganizationView, title: &str) -> NoteView {
    let path = format!("/organizations/{}/notes", organization.id);
    person.post(&path, &json!({ "title": title })).await.ok()
}

fn matching(person: &Person, method: Method, note: &NoteView) -> reqwest::RequestBuilder {
    let version = format!("\"{}\"", note.version);
    person.request(method, &format!("/notes/{}", note.id)).header("if-match", version)
}

async fn change(person: &Person, note: &NoteView, body: Value) -> NoteView {
    person.send(matching(person, Method::PATCH, note).json(&body)).await.ok()
}

async fn delete(person: &Person, note: &NoteView) {
    person.send(matching(person, Method::DELETE, note)).await.no_content();
}

/// The organization's stream, from when all that was committed before is in the log.
async fn follow(server: &TestServer, person: &Person, team: &OrganizationView) -> StreamReader {
    let cursor = settled(server).await;
    let mut reader = person.organization_stream(team.id, Some(cursor)).await;
    assert_eq!(caught_up(&mut reader).await, []);
    reader
}

fn note_in(message: &StreamMessage) -> &NoteView {
    match &message.entity {
        Entity::Resource(ResourceEntity::Note(Some(note))) => note,
        other => panic!("{other:?} instead of a note"),
    }
}

async fn lost_access(reader: &mut StreamReader) {
    let (_, event) = reader.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?} instead of the end") };
    assert_eq!((end.code, end.reconnect), (EndCode::AccessLost, false));
    reader.ended().await;
}

#[tokio::test]
async fn a_note_reaches_every_member_who_follows_with_its_actor_and_mutation() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut readers = [follow(&server, &ada, &team).await, follow(&server, &grace, &team).await];

    let note = write(&grace, &team, "Plan").await;
    let mutation = MutationId::from_uuid(Uuid::now_v7());
    let request = matching(&ada, Method::PATCH, &note).json(&json!({ "body": "First" }));
    let written: NoteView =
        ada.send(request.header("mutation-id", mutation.to_string())).await.ok();
    delete(&grace, &written).await;

    let (ada, grace) = (me(&ada).await.user.id, me(&grace).await.user.id);
    for reader in &mut readers {
        let created = next_change(reader).await;
        assert_eq!((created.action, note_in(&created)), (Action::Created, &note));
        assert_eq!((created.actor_id, created.organization_id), (Some(grace), Some(team.id)));
        let updated = next_change(reader).await;
        assert_eq!((updated.action, note_in(&updated)), (Action::Updated, &written));
        assert_eq!((updated.actor_id, updated.mutation_id), (Some(ada), Some(mutation)));
        assert_eq!(updated.changed, ["body"]);
        let deleted = next_change(reader).await;
        assert_eq!((deleted.action, deleted.subject_id), (Action::Deleted, note.id.uuid()));
        assert_eq!(
            (deleted.entity, deleted.organization_id),
            (Entity::Resource(ResourceEntity::Note(None)), Some(team.id))
        );
    }
}

#[tokio::test]
async fn ones_own_notes_are_not_on_the_users_stream_and_nothing_else_is_on_the_organizations() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let other = found(&ada, "South Wind", "south-wind").await;
    let cursor = settled(&server).await;
    let mut user = live(&server, &ada).await;
    let mut organization = follow(&server, &ada, &team).await;

    write(&ada, &other, "Elsewhere").await;
    write(&ada, &team, "One").await;
    rename(&ada, &team, "East Wind").await;
    write(&ada, &team, "Two").await;
    rename_self(&ada, "Ada King").await;

    assert_eq!(next_change(&mut user).await.entity.kind(), Kind::Organization);
    assert_eq!(next_change(&mut user).await.entity.kind(), Kind::User);
    for title in ["One", "Two"] {
        assert_eq!(note_in(&next_change(&mut organization).await).title.as_str(), title);
    }
    // And the same for who comes later.
    settled(&server).await;
    let told = caught_up(&mut ada.stream(Some(cursor)).await).await;
    assert!(
        told.iter().all(|message| message.entity.kind() != Kind::Resource(ResourceKind::Note)),
        "{told:?}"
    );
    let told = caught_up(&mut ada.organization_stream(team.id, Some(cursor)).await).await;
    let titles: Vec<_> = told.iter().map(|message| note_in(message).title.as_str()).collect();
    assert_eq!(titles, ["One", "Two"]);
}

#[tokio::test]
async fn a_reader_that_was_away_gets_the_newest_of_each_note_once_and_hears_of_deletions() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let (old, doomed) = (write(&ada, &team, "Old").await, write(&ada, &team, "Doomed").await);
    let cursor = settled(&server).await;

    let newer = change(&ada, &old, json!({ "title": "Newer" })).await;
    delete(&ada, &doomed).await;
    let fresh = write(&ada, &team, "Fresh").await;
    let newest = change(&ada, &newer, json!({ "title": "Newest" })).await;
    settled(&server).await;

    let mut reader = ada.organization_stream(team.slug.clone(), Some(cursor)).await;
    let told = caught_up(&mut reader).await;
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!((told[0].action, told[0].subject_id), (Action::Deleted, doomed.id.uuid()));
    assert_eq!((note_in(&told[1]), note_in(&told[2])), (&fresh, &newest));
    let live = write(&ada, &team, "Live").await;
    assert_eq!(note_in(&next_change(&mut reader).await), &live);
}

#[tokio::test]
async fn the_stream_ends_where_its_readers_membership_does() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let (mut stays, mut goes) =
        (follow(&server, &ada, &team).await, follow(&server, &grace, &team).await);

    write(&ada, &team, "Before").await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    write(&ada, &team, "After").await;

    assert_eq!(note_in(&next_change(&mut goes).await).title.as_str(), "Before");
    lost_access(&mut goes).await;
    for title in ["Before", "After"] {
        assert_eq!(note_in(&next_change(&mut stays).await).title.as_str(), title);
    }
    let refused = grace.get(&format!("/organizations/{}/sync/stream", team.id)).await;
    assert_eq!(refused.error().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn while_others_write_exactly_what_came_before_the_removal_arrives() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let mut reader = follow(&server, &grace, &team).await;

    let writing = async {
        for number in 0..60 {
            write(&ada, &team, &format!("Note {number}")).await;
            if number == 30 {
                ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
            }
        }
    };
    let reading = async {
        let mut heard = Vec::new();
        loop {
            match reader.next_event().await.1 {
                StreamEvent::Change(message) => heard.push(message.position),
                StreamEvent::End(end) => break assert_eq!(end.code, EndCode::AccessLost),
                other => panic!("{other:?}"),
            }
        }
        reader.ended().await;
        heard
    };
    let ((), heard) = tokio::join!(writing, reading);
    settled(&server).await;
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
    assert_eq!(heard, before);
    assert_eq!(heard.len(), 31);
}

#[tokio::test]
async fn the_end_of_an_organization_ends_its_streams_before_its_notes_go() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    write(&ada, &team, "Plan").await;
    let mut reader = follow(&server, &ada, &team).await;
    ada.delete(&format!("/organizations/{}", team.id)).await.no_content();
    lost_access(&mut reader).await;
}

#[tokio::test]
async fn a_session_that_ends_ends_its_organization_streams_too() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = follow(&server, &ada, &team).await;
    assert!(ada.post("/auth/sign-out", &json!({})).await.status.is_success());
    let (_, event) = reader.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    assert_eq!((end.code, end.reconnect), (EndCode::SessionEnded, false));
    reader.ended().await;
}

#[tokio::test]
async fn outsiders_and_visitors_are_refused_before_the_stream_opens() {
    let server = TestServer::start().await;
    let (ada, linus) = (server.person("Ada").await, server.person("Linus").await);
    let team = found(&ada, "North Wind", "north-wind").await;
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
async fn who_lost_access_while_the_stream_opened_catches_up_on_nothing() {
    let server = TestServer::start().await;
    let (ada, linus) = (server.person("Ada").await, server.person("Linus").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let cursor = settled(&server).await;
    write(&ada, &team, "Secret").await;
    settled(&server).await;
    let pool = &server.database.pool;
    for (person, may) in [(&ada, true), (&linus, false)] {
        let user_id = me(person).await.user.id;
        let (session_id, expires_at) =
            sqlx::query_as("select id, expires_at from sessions where user_id = $1")
                .bind(user_id)
                .fetch_one(pool)
                .await
                .unwrap();
        let reader = SignedIn { user_id, session_id, system_admin: false, expires_at };
        let scope = Scope::Organization(team.id);
        match catch_up(pool, &reader, scope, Some(cursor), 100).await.unwrap() {
            CaughtUp::Frames { frames, .. } => assert!(may && frames.len() == 1),
            CaughtUp::Ended(EndCode::AccessLost) => assert!(!may),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_cursor_ahead_of_the_log_is_answered_with_reset_there_too() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let head = settled(&server).await;
    let strange = Cursor { position: Position(head.position.0 + 1_000), ..head };
    let mut reader = ada.organization_stream(OrganizationRef::Id(team.id), Some(strange)).await;
    let (id, event) = reader.next_event().await;
    let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, Some(reset.cursor)), (ResetReason::AheadOfLog, id));
    assert_eq!(caught_up(&mut reader).await, []);
    let note = write(&ada, &team, "Plan").await;
    assert_eq!(note_in(&next_change(&mut reader).await), &note);
}

#[tokio::test]
async fn a_silent_organization_stream_says_that_it_is_alive_and_where_it_stands() {
    let settings =
        Settings { ping_interval: std::time::Duration::from_millis(100), ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = follow(&server, &ada, &team).await;
    // Nothing of this stream, but its cursor moves past it.
    rename_self(&ada, "Ada King").await;
    let head = settled(&server).await;
    pings_until(&mut reader, head).await;
}

#[tokio::test]
async fn no_line_break_of_a_text_breaks_a_frame() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = follow(&server, &ada, &team).await;
    let cursor = settled(&server).await;
    let text = "one\ntwo\r\n\r\nevent: end\rdata: {}\n\n\u{2028}three\u{2029}\u{feff}\tfour\n\n";
    let path = format!("/organizations/{}/notes", team.id);
    let note: NoteView = ada.post(&path, &json!({ "title": "Lines", "body": text })).await.ok();
    let live = next_change(&mut reader).await;
    assert_eq!((note_in(&live), note_in(&live).body.as_str()), (&note, text));
    write(&ada, &team, "Next").await;
    assert_eq!(note_in(&next_change(&mut reader).await).title.as_str(), "Next");
    let told = caught_up(&mut ada.organization_stream(team.id, Some(cursor)).await).await;
    assert_eq!(note_in(&told[0]), &note);
}

#[tokio::test]
async fn a_long_text_is_told_whole_when_only_the_title_changes() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = follow(&server, &ada, &team).await;
    // Too long to be stored in the row, and too various to be packed into it.
    let text: String = (0..277).map(|_| Uuid::new_v4().to_string()).collect();
    let path = format!("/organizations/{}/notes", team.id);
    let note: NoteView = ada.post(&path, &json!({ "title": "Long", "body": text })).await.ok();
    change(&ada, &note, json!({ "title": "Longer" })).await;
    next_change(&mut reader).await;
    let retitled = next_change(&mut reader).await;
    assert_eq!(retitled.changed, ["title"]);
    assert_eq!(note_in(&retitled).body.as_str(), text);
}
