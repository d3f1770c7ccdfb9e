//! The stream's promises, from the outside: a real server, a real Postgres, real streams.

mod access;
mod bulk;
mod catch_up;
mod crash;
mod delivery;
mod endings;
mod hand_over;
mod limits;
mod news;
mod nodes;
mod notes;
mod opening;
mod pictures;
mod presence;
mod raw;
mod stalled;
mod upstream;
mod wire;

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

/// Nothing comes but pings, until one says that the reader stands there.
async fn pings_until(reader: &mut StreamReader, place: Cursor) {
    loop {
        let (cursor, event) = reader.next_event().await;
        let StreamEvent::Ping(ping) = event else { panic!("{event:?}") };
        assert_eq!(cursor, Some(ping.cursor));
        if ping.cursor == place {
            return;
        }
        assert!(ping.cursor.position < place.position);
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

/// Waits until the log holds all that is committed by now; gives its newest place.
async fn settled(server: &TestServer) -> Cursor {
    server.database.settled().await
}

async fn rename_self(person: &Person, name: &str) {
    let _: Value = person.patch("/me", &json!({ "name": name })).await.ok();
}
