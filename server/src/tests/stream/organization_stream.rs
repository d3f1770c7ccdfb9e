//! The stream of an organization, with its notes.

use contract::note::NoteView;
use contract::{MutationId, OrganizationRef, ResourceEntity, ResourceKind};
use reqwest::Method;
use uuid::Uuid;

use super::*;

pub(super) async fn write_note(
    person: &Person,
    organization: &OrganizationView,
    title: &str,
) -> NoteView {
    let path = format!("/organizations/{}/notes", organization.id);
    person.post(&path, &json!({ "title": title })).await.ok()
}

fn request_with_version(
    person: &Person,
    method: Method,
    note: &NoteView,
) -> reqwest::RequestBuilder {
    let version = format!("\"{}\"", note.version);
    person.request(method, &format!("/notes/{}", note.id)).header("if-match", version)
}

async fn update_note(person: &Person, note: &NoteView, body: Value) -> NoteView {
    person.send(request_with_version(person, Method::PATCH, note).json(&body)).await.ok()
}

async fn delete_note(person: &Person, note: &NoteView) {
    person.send(request_with_version(person, Method::DELETE, note)).await.no_content();
}

/// Opens an organization's stream once everything committed before is in the log, so that it starts
/// live.
pub(super) async fn open_organization_stream(
    server: &TestServer,
    person: &Person,
    team: &OrganizationView,
) -> StreamReader {
    let cursor = wait_for_log(server).await;
    let mut reader = person.organization_stream(team.id, Some(cursor)).await;
    assert_eq!(read_catch_up(&mut reader).await, []);
    reader
}

pub(super) fn note_in(message: &StreamMessage) -> &NoteView {
    match &message.entity {
        Entity::Resource(ResourceEntity::Note(Some(note))) => note,
        other => panic!("{other:?} instead of a note"),
    }
}

#[tokio::test]
async fn note_reaches_every_subscribed_member_with_actor_and_mutation() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut readers = [
        open_organization_stream(&server, &ada, &team).await,
        open_organization_stream(&server, &grace, &team).await,
    ];

    let note = write_note(&grace, &team, "Plan").await;
    let mutation = MutationId::from_uuid(Uuid::now_v7());
    let request =
        request_with_version(&ada, Method::PATCH, &note).json(&json!({ "body": "First" }));
    let written: NoteView =
        ada.send(request.header("mutation-id", mutation.to_string())).await.ok();
    delete_note(&grace, &written).await;

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
async fn notes_are_only_on_the_organizations_stream_and_nothing_else_is() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let other = create_organization(&ada, "South Wind", "south-wind").await;
    let cursor = wait_for_log(&server).await;
    let mut user = open_live(&server, &ada).await;
    let mut organization = open_organization_stream(&server, &ada, &team).await;

    write_note(&ada, &other, "Elsewhere").await;
    write_note(&ada, &team, "One").await;
    rename_organization(&ada, &team, "East Wind").await;
    write_note(&ada, &team, "Two").await;
    rename_user(&ada, "Ada King").await;

    assert_eq!(next_change(&mut user).await.entity.kind(), Kind::Organization);
    assert_eq!(next_change(&mut user).await.entity.kind(), Kind::User);
    for title in ["One", "Two"] {
        assert_eq!(note_in(&next_change(&mut organization).await).title.as_str(), title);
    }
    // The same in catch-up.
    wait_for_log(&server).await;
    let messages = read_catch_up(&mut ada.stream(Some(cursor)).await).await;
    assert!(
        messages.iter().all(|message| message.entity.kind() != Kind::Resource(ResourceKind::Note)),
        "{messages:?}"
    );
    let messages = read_catch_up(&mut ada.organization_stream(team.id, Some(cursor)).await).await;
    let titles: Vec<_> = messages.iter().map(|message| note_in(message).title.as_str()).collect();
    assert_eq!(titles, ["One", "Two"]);
}

#[tokio::test]
async fn reconnected_reader_receives_the_newest_state_of_each_note_and_deletions() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let (old, doomed) =
        (write_note(&ada, &team, "Old").await, write_note(&ada, &team, "Doomed").await);
    let cursor = wait_for_log(&server).await;

    let newer = update_note(&ada, &old, json!({ "title": "Newer" })).await;
    delete_note(&ada, &doomed).await;
    let fresh = write_note(&ada, &team, "Fresh").await;
    let newest = update_note(&ada, &newer, json!({ "title": "Newest" })).await;
    wait_for_log(&server).await;

    let mut reader = ada.organization_stream(team.slug.clone(), Some(cursor)).await;
    let messages = read_catch_up(&mut reader).await;
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert_eq!((messages[0].action, messages[0].subject_id), (Action::Deleted, doomed.id.uuid()));
    assert_eq!((note_in(&messages[1]), note_in(&messages[2])), (&fresh, &newest));
    let live = write_note(&ada, &team, "Live").await;
    assert_eq!(note_in(&next_change(&mut reader).await), &live);
}

#[tokio::test]
async fn cursor_ahead_of_the_log_is_answered_with_reset() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let head = wait_for_log(&server).await;
    let ahead = Cursor { position: Position(head.position.0 + 1_000), ..head };
    let mut reader = ada.organization_stream(OrganizationRef::Id(team.id), Some(ahead)).await;
    let (id, event) = reader.next_event().await;
    let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, Some(reset.cursor)), (ResetReason::AheadOfLog, id));
    assert_eq!(read_catch_up(&mut reader).await, []);
    let note = write_note(&ada, &team, "Plan").await;
    assert_eq!(note_in(&next_change(&mut reader).await), &note);
}

#[tokio::test]
async fn silent_organization_stream_sends_pings_with_its_cursor() {
    let settings =
        Settings { ping_interval: std::time::Duration::from_millis(100), ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut reader = open_organization_stream(&server, &ada, &team).await;
    // This stream doesn't carry the change, but its cursor moves past it.
    rename_user(&ada, "Ada King").await;
    let head = wait_for_log(&server).await;
    read_pings_until(&mut reader, head).await;
}

#[tokio::test]
async fn line_breaks_in_notes_do_not_break_events() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut reader = open_organization_stream(&server, &ada, &team).await;
    let cursor = wait_for_log(&server).await;
    let text = "one\ntwo\r\n\r\nevent: end\rdata: {}\n\n\u{2028}three\u{2029}\u{feff}\tfour\n\n";
    let path = format!("/organizations/{}/notes", team.id);
    let note: NoteView = ada.post(&path, &json!({ "title": "Lines", "body": text })).await.ok();
    let live = next_change(&mut reader).await;
    assert_eq!((note_in(&live), note_in(&live).body.as_str()), (&note, text));
    write_note(&ada, &team, "Next").await;
    assert_eq!(note_in(&next_change(&mut reader).await).title.as_str(), "Next");
    let messages = read_catch_up(&mut ada.organization_stream(team.id, Some(cursor)).await).await;
    assert_eq!(note_in(&messages[0]), &note);
}

#[tokio::test]
async fn long_text_is_complete_when_only_the_title_changes() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut reader = open_organization_stream(&server, &ada, &team).await;
    // Too long to be stored inline, and random, so that compression doesn't help (TOAST).
    let text: String = (0..277).map(|_| Uuid::new_v4().to_string()).collect();
    let path = format!("/organizations/{}/notes", team.id);
    let note: NoteView = ada.post(&path, &json!({ "title": "Long", "body": text })).await.ok();
    update_note(&ada, &note, json!({ "title": "Longer" })).await;
    next_change(&mut reader).await;
    let retitled = next_change(&mut reader).await;
    assert_eq!(retitled.changed, ["title"]);
    assert_eq!(note_in(&retitled).body.as_str(), text);
}
