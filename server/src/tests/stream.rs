//! What the streams guarantee, tested over HTTP with a whole server and a real Postgres.

mod access;
mod bulk;
mod catch_up;
mod catch_up_to_live;
mod delivery;
mod hot_tail;
mod invited_accounts;
mod limits;
mod multiple_nodes;
mod node_crash;
mod opening;
mod organization_access;
mod organization_stream;
mod pictures;
mod presence;
mod private_fields;
mod quotes;
mod raw;
mod regressions;
mod related_entities;
mod session_end;
mod slow_readers;
mod unread;
mod wire_format;

use contract::event::{EndCode, ResetReason};
use contract::view::{InvitationView, List, Me, MembershipView, OrganizationView};
use contract::{
    Action, Colour, Cursor, Entity, Epoch, Kind, Position, Role, StreamEvent, StreamMessage,
};
use serde_json::{Value, json};

use crate::testing::{Person, StreamReader, TestServer};
use stream::Settings;

async fn me(person: &Person) -> Me {
    person.get("/me").await.ok()
}

async fn create_organization(person: &Person, name: &str, slug: &str) -> OrganizationView {
    person.post("/organizations", &json!({ "name": name, "slug": slug })).await.ok()
}

/// Makes `guest` a member through an invitation; returns the membership.
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

async fn rename_organization(person: &Person, organization: &OrganizationView, name: &str) {
    let path = format!("/organizations/{}", organization.id);
    let _: Value = person.patch(&path, &json!({ "name": name })).await.ok();
}

/// Reads up to the end of catch-up; returns its messages.
async fn read_catch_up(reader: &mut StreamReader) -> Vec<StreamMessage> {
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

/// Expects only pings, until one carries the cursor `expected`.
async fn read_pings_until(reader: &mut StreamReader, expected: Cursor) {
    loop {
        let (cursor, event) = reader.next_event().await;
        let StreamEvent::Ping(ping) = event else { panic!("{event:?}") };
        assert_eq!(cursor, Some(ping.cursor));
        if ping.cursor == expected {
            return;
        }
        assert!(ping.cursor.position < expected.position);
    }
}

/// Skips changes up to the next one of that kind.
async fn next_of_kind(reader: &mut StreamReader, kind: Kind) -> StreamMessage {
    loop {
        let message = next_change(reader).await;
        if message.entity.kind() == kind {
            return message;
        }
    }
}

/// Opens a user's stream once everything committed before is in the log, so that it starts live.
async fn open_live(server: &TestServer, person: &Person) -> StreamReader {
    wait_for_log(server).await;
    let mut reader = person.stream(None).await;
    assert_eq!(read_catch_up(&mut reader).await, []);
    reader
}

fn organization_name(message: &StreamMessage) -> Option<String> {
    match &message.entity {
        Entity::Organization(Some(organization)) => Some(organization.name.to_string()),
        _ => None,
    }
}

/// Waits until everything committed by now is in the log; returns the head.
async fn wait_for_log(server: &TestServer) -> Cursor {
    server.database.wait_for_log().await
}

async fn rename_user(person: &Person, name: &str) {
    let _: Value = person.patch("/me", &json!({ "name": name })).await.ok();
}
