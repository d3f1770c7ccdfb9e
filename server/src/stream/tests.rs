//! The stream's promises, from the outside: a real server, a real Postgres, real streams.

mod hand_over;
mod limits;
mod nodes;
mod notes;
mod stalled;
mod upstream;
mod wire;

use app::contract::event::{EndCode, ResetReason};
use app::contract::view::{InvitationView, List, Me, MembershipView, OrganizationView};
use app::contract::{
    Action, Cursor, Entity, Epoch, Kind, Position, Role, StreamEvent, StreamMessage,
};
use serde_json::{Value, json};

use super::Settings;
use crate::testing::{Person, StreamReader, TestServer};

async fn me(person: &Person) -> Me {
    person.get("/me").await.ok()
}

async fn found(person: &Person, name: &str, slug: &str) -> OrganizationView {
    person.post("/organizations", &json!({ "name": name, "slug": slug })).await.ok()
}

/// Makes `guest` a member, by invitation.
async fn join(host: &Person, guest: &Person, organization: &OrganizationView) -> MembershipView {
    let email = me(guest).await.user.email;
    let path = format!("/organizations/{}/invitations", organization.id);
    let _: Value = host.post(&path, &json!({ "emails": [email], "role": "member" })).await.ok();
    let invitations: List<InvitationView> = guest.get("/me/invitations").await.ok();
    let invitation = invitations
        .items
        .iter()
        .find(|invitation| invitation.organization.id == organization.id)
        .unwrap();
    let path = format!("/invitations/{}/accept", invitation.id);
    let _: Value = guest.post(&path, &json!({})).await.ok();
    let mine: List<MembershipView> = guest.get("/me/memberships").await.ok();
    mine.items.into_iter().find(|mine| mine.organization_id == organization.id).unwrap()
}

async fn rename(person: &Person, organization: &OrganizationView, name: &str) {
    let path = format!("/organizations/{}", organization.id);
    let _: Value = person.patch(&path, &json!({ "name": name })).await.ok();
}

/// Waits until catch-up is complete; gives what it brought.
async fn caught_up(reader: &mut StreamReader) -> Vec<StreamMessage> {
    let mut messages = Vec::new();
    loop {
        match reader.next_event().await.1 {
            StreamEvent::Change(message) => messages.push(*message),
            StreamEvent::Offset(_) => return messages,
            other => panic!("{other:?} instead of catch-up"),
        }
    }
}

async fn next_change(reader: &mut StreamReader) -> StreamMessage {
    match reader.next_event().await.1 {
        StreamEvent::Change(message) => *message,
        other => panic!("{other:?} instead of a change"),
    }
}

/// The next change about that kind of thing.
async fn next_of(reader: &mut StreamReader, kind: Kind) -> StreamMessage {
    loop {
        let message = next_change(reader).await;
        if message.entity.kind() == kind {
            return message;
        }
    }
}

/// A stream that begins when all that was committed before is in the log.
async fn live(server: &TestServer, person: &Person) -> StreamReader {
    settled(server).await;
    let mut reader = person.stream(None).await;
    assert_eq!(caught_up(&mut reader).await, []);
    reader
}

fn organization_name(message: &StreamMessage) -> Option<String> {
    match &message.entity {
        Entity::Organization(Some(organization)) => Some(organization.name.to_string()),
        _ => None,
    }
}

#[tokio::test]
async fn a_change_made_by_one_member_reaches_the_other_with_its_actor() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut reader = live(&server, &grace).await;

    rename(&ada, &team, "South Wind").await;

    let message = next_change(&mut reader).await;
    assert_eq!(organization_name(&message).as_deref(), Some("South Wind"));
    assert_eq!(message.action, Action::Updated);
    assert_eq!(message.changed, ["name"]);
    assert_eq!(message.actor_id, Some(me(&ada).await.user.id));
    assert_eq!(message.organization_id, Some(team.id));
}

#[tokio::test]
async fn a_change_by_plain_sql_reaches_the_stream_too() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = live(&server, &ada).await;

    sqlx::query("update organizations set name = 'By Hand' where id = $1")
        .bind(team.id)
        .execute(&server.database.pool)
        .await
        .unwrap();

    let message = next_change(&mut reader).await;
    assert_eq!(organization_name(&message).as_deref(), Some("By Hand"));
    assert_eq!(message.actor_id, None);
}

#[tokio::test]
async fn who_is_added_while_connected_gets_the_later_events_of_that_organization() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = live(&server, &grace).await;

    join(&ada, &grace, &team).await;
    let message = next_of(&mut reader, Kind::Membership).await;
    let Entity::Membership(Some(membership)) = &message.entity else { panic!("{message:?}") };
    let shown = membership.organization.as_ref().unwrap();
    assert_eq!(shown.name.as_str(), "North Wind", "the menu needs no second request");

    rename(&ada, &team, "South Wind").await;
    let message = next_of(&mut reader, Kind::Organization).await;
    assert_eq!(organization_name(&message).as_deref(), Some("South Wind"));
}

#[tokio::test]
async fn nothing_of_an_organization_follows_the_removal_of_its_reader() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let other = found(&grace, "Harbour", "harbour").await;
    let membership = join(&ada, &grace, &team).await;
    let mut reader = live(&server, &grace).await;

    rename(&ada, &team, "Before").await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    rename(&ada, &team, "After").await;
    rename(&grace, &other, "Still Mine").await;

    let before = next_change(&mut reader).await;
    assert_eq!(organization_name(&before).as_deref(), Some("Before"));
    let removal = next_change(&mut reader).await;
    assert_eq!((removal.action, removal.subject_id), (Action::Deleted, membership.id.uuid()));
    assert_eq!(removal.entity, Entity::Membership(None));
    let next = next_change(&mut reader).await;
    assert_eq!(organization_name(&next).as_deref(), Some("Still Mine"));
}

#[tokio::test]
async fn a_reader_that_was_away_gets_the_newest_state_of_each_entity_once() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = live(&server, &ada).await;
    rename(&ada, &team, "One").await;
    let (cursor, _) = reader.next_event().await;
    drop(reader);

    rename(&ada, &team, "Two").await;
    rename(&ada, &team, "Three").await;

    // The log follows the database; a second stream tells when it has come so far.
    let mut witness = ada.stream(cursor).await;
    while caught_up(&mut witness).await.last().and_then(organization_name).as_deref()
        != Some("Three")
    {
        witness = ada.stream(cursor).await;
    }
    let mut reader = ada.stream(cursor).await;
    let messages = caught_up(&mut reader).await;
    let names: Vec<_> = messages.iter().filter_map(organization_name).collect();
    assert_eq!(names, ["Three"]);
}

#[tokio::test]
async fn who_was_removed_while_away_learns_of_it_and_of_nothing_after() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let cursor = settled(&server).await;

    rename(&ada, &team, "Before").await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    rename(&ada, &team, "After").await;
    settled(&server).await;

    let messages = caught_up(&mut grace.stream(Some(cursor)).await).await;
    let told: Vec<_> =
        messages.iter().map(|message| (message.action, message.subject_id)).collect();
    assert_eq!(told, [(Action::Deleted, membership.id.uuid())]);
}

/// Waits until the log holds all that is committed by now; gives its newest place.
async fn settled(server: &TestServer) -> Cursor {
    let pool = &server.database.pool;
    // A change of our own marks the place: when it is in the log, all before it is.
    let mark = uuid::Uuid::now_v7();
    sqlx::query("insert into users (id, email, name) values ($1, $2, 'Mark')")
        .bind(mark)
        .bind(format!("{mark}@example.com"))
        .execute(pool)
        .await
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    loop {
        let there: bool =
            sqlx::query_scalar("select exists (select from activities where subject_id = $1)")
                .bind(mark)
                .fetch_one(pool)
                .await
                .unwrap();
        if there {
            return crate::activity::log::head(pool).await.unwrap();
        }
        assert!(std::time::Instant::now() < deadline, "the log doesn't follow");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_end_of_an_organization_reaches_every_member_once() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut hers, mut his) = (live(&server, &ada).await, live(&server, &grace).await);

    ada.delete(&format!("/organizations/{}", team.id)).await.no_content();

    for reader in [&mut hers, &mut his] {
        let gone = next_change(reader).await;
        assert_eq!((gone.action, gone.subject_id), (Action::Deleted, team.id.uuid()));
        let own = next_change(reader).await;
        assert_eq!((own.action, own.entity.kind()), (Action::Deleted, Kind::Membership));
    }
}

#[tokio::test]
async fn addresses_are_for_admins_and_what_one_arranged_for_oneself_is_for_oneself() {
    let server = TestServer::start().await;
    let (ada, grace, linus) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Linus").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let linus_there = join(&ada, &linus, &team).await;
    join(&ada, &grace, &team).await;
    let (mut admins, mut members, mut own) =
        (live(&server, &ada).await, live(&server, &grace).await, live(&server, &linus).await);

    let path = format!("/memberships/{}", linus_there.id);
    let _: Value = linus.patch(&path, &json!({ "muted": true })).await.ok();
    let _: Value = ada.patch(&path, &json!({ "role": "admin" })).await.ok();

    let muted = next_change(&mut own).await;
    assert_eq!(muted.changed, ["muted"]);
    let Entity::Membership(Some(seen)) = muted.entity else { panic!("{:?}", muted.entity) };
    assert!(seen.preferences.unwrap().muted);
    assert_eq!(next_change(&mut own).await.changed, ["role"]);

    for (reader, sees_address) in [(&mut admins, true), (&mut members, false)] {
        let promoted = next_change(reader).await;
        assert_eq!(promoted.changed, ["role"], "the muting is not their news");
        let Entity::Membership(Some(seen)) = promoted.entity else { panic!("no membership") };
        assert_eq!(seen.role, Role::Admin);
        assert_eq!(seen.user.email.is_some(), sees_address);
        assert_eq!((seen.preferences, seen.organization), (None, None));
    }
}

#[tokio::test]
async fn an_invitation_reaches_the_invited_and_the_admins_and_no_other_member() {
    let server = TestServer::start().await;
    let (ada, grace, linus) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Linus").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut admin, mut member, mut invited) =
        (live(&server, &ada).await, live(&server, &grace).await, live(&server, &linus).await);

    let path = format!("/organizations/{}/invitations", team.id);
    let body = json!({ "emails": ["linus@example.com"], "role": "member" });
    let _: Value = ada.post(&path, &body).await.ok();

    for reader in [&mut admin, &mut invited] {
        let message = next_change(reader).await;
        let Entity::Invitation(Some(invitation)) = message.entity else { panic!("no invitation") };
        assert_eq!(invitation.organization.name.as_str(), "North Wind");
        assert_eq!(invitation.invited_by.unwrap().as_str(), "Ada");
    }
    rename(&ada, &team, "South Wind").await;
    assert_eq!(next_change(&mut member).await.entity.kind(), Kind::Organization);
}

#[tokio::test]
async fn a_new_name_of_a_person_reaches_those_who_share_an_organization() {
    let server = TestServer::start().await;
    let (ada, grace, stranger) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Mallory").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut colleague, mut outsider) =
        (live(&server, &grace).await, live(&server, &stranger).await);

    let _: Value = ada.patch("/me", &json!({ "name": "Ada King" })).await.ok();
    let message = next_change(&mut colleague).await;
    let Entity::User(Some(user)) = message.entity else { panic!("no user") };
    assert_eq!((user.name.as_str(), user.email), ("Ada King", None));

    let _: Value = stranger.patch("/me", &json!({ "name": "Mal" })).await.ok();
    let own = next_change(&mut outsider).await;
    let Entity::User(Some(user)) = own.entity else { panic!("no user") };
    assert_eq!(user.name.as_str(), "Mal", "the first thing she hears is her own");
}

#[tokio::test]
async fn signing_out_ends_the_streams_of_that_session_and_no_other() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let phone = server.visitor();
    let credentials = json!({ "email": "ada@example.com", "password": crate::testing::PASSWORD });
    let _: Value = phone.post("/auth/sign-in", &credentials).await.ok();
    let (mut here, mut there) = (live(&server, &ada).await, live(&server, &phone).await);

    assert!(ada.post("/auth/sign-out", &json!({})).await.status.is_success());

    let (_, event) = here.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    assert_eq!((end.code, end.reconnect), (EndCode::SessionEnded, false));
    here.ended().await;
    let _: Value = phone.patch("/me", &json!({ "name": "Ada King" })).await.ok();
    assert_eq!(next_change(&mut there).await.entity.kind(), Kind::User);
}

#[tokio::test]
async fn deleting_an_account_ends_its_streams() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = live(&server, &ada).await;
    assert!(ada.delete("/me").await.status.is_success());
    let (_, event) = reader.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    // Account and session go in one transaction; either is the truth.
    assert!(matches!(end.code, EndCode::UserDeleted | EndCode::SessionEnded));
    assert!(!end.reconnect);
    reader.ended().await;
}

#[tokio::test]
async fn a_cursor_that_cannot_be_honoured_is_answered_with_reset_and_a_good_one() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let head = settled(&server).await;
    let strange = [
        (Cursor { epoch: Epoch::new(0), ..head }, ResetReason::UnknownEpoch),
        (Cursor { position: Position(head.position.0 + 1_000), ..head }, ResetReason::AheadOfLog),
    ];
    for (cursor, reason) in strange {
        let mut reader = ada.stream(Some(cursor)).await;
        let (id, event) = reader.next_event().await;
        let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
        assert_eq!((reset.reason, Some(reset.cursor)), (reason, id));
        assert_eq!(reset.cursor.epoch, head.epoch);
        assert_eq!(caught_up(&mut reader).await, []);
        rename_self(&ada, "Ada King").await;
        assert_eq!(next_change(&mut reader).await.entity.kind(), Kind::User);
        rename_self(&ada, "Ada").await;
    }
}

async fn rename_self(person: &Person, name: &str) {
    let _: Value = person.patch("/me", &json!({ "name": name })).await.ok();
}

#[tokio::test]
async fn a_rebuilt_log_resets_every_open_stream() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = live(&server, &ada).await;
    let pool = &server.database.pool;
    let now = crate::activity::Lsn(u64::MAX);
    let epoch = crate::activity::log::begin_new_epoch(pool, now, "for a test").await.unwrap();
    let (_, event) = reader.next_event().await;
    let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, reset.cursor.epoch), (ResetReason::UnknownEpoch, epoch));
    assert_eq!(caught_up(&mut reader).await, []);
    rename_self(&ada, "Ada King").await;
    let (cursor, event) = reader.next_event().await;
    assert!(matches!(event, StreamEvent::Change(_)), "{event:?}");
    assert_eq!(cursor.unwrap().epoch, epoch);
}

#[tokio::test]
async fn refusals_come_before_the_stream_opens() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let refused = visitor.get("/me/stream").await;
    assert_eq!(refused.status, http::StatusCode::UNAUTHORIZED);

    let ada = server.person("Ada").await;
    let refused = ada.get("/me/stream?cursor=nonsense").await;
    assert_eq!(refused.status, http::StatusCode::BAD_REQUEST);
    assert_eq!(refused.error().code, app::contract::ErrorCode::InvalidCursor);
}

#[tokio::test]
async fn a_stream_is_never_stored_compressed_or_buffered_on_its_way() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let request = ada
        .request(http::Method::GET, "/me/stream")
        .header("accept-encoding", "br, gzip")
        .header("accept", "text/event-stream");
    let reader = StreamReader::new(request.send().await.unwrap());
    let header = |name: &str| reader.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(header("cache-control"), Some("private, no-store, no-transform"));
    assert_eq!(header("x-accel-buffering"), Some("no"));
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
    assert_eq!(header("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(header("content-encoding"), None);
    assert_eq!(header("content-length"), None);
}
