//! One transaction that concerns many people: each receives it exactly once.

use contract::UserId;

use super::*;

/// Renames the reader and returns the messages before that rename, which ends the test.
async fn messages_until_rename(person: &Person, reader: &mut StreamReader) -> Vec<StreamMessage> {
    rename_user(person, "Omega").await;
    let mut messages = Vec::new();
    loop {
        let message = match reader.next_event().await.1 {
            StreamEvent::Change(message) => *message,
            // The stream lagged and caught up, or was silent.
            StreamEvent::Offset(_) | StreamEvent::Ping(_) => continue,
            other => panic!("{other:?} instead of a change"),
        };
        if matches!(&message.entity, Entity::User(Some(user)) if user.name.to_string() == "Omega") {
            return messages;
        }
        messages.push(message);
    }
}

#[tokio::test]
async fn fifty_invitations_reach_each_invited_user_once_and_every_admin() {
    const INVITED: u32 = 50;
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let guests = server.guests(INVITED).await;
    let mut host_reader = open_live(&server, &ada).await;
    let mut readers = Vec::new();
    for guest in &guests {
        let mut reader = guest.stream(None).await;
        assert_eq!(read_catch_up(&mut reader).await, []);
        readers.push(reader);
    }

    let emails: Vec<_> = (1..=INVITED).map(|n| format!("guest{n}@example.com")).collect();
    let path = format!("/organizations/{}/invitations", team.id);
    let _: Value = ada.post(&path, json!({ "emails": emails, "role": "member" })).await.ok();

    for (guest, reader) in guests.iter().zip(&mut readers) {
        let id = me(guest).await.user.id;
        let messages = messages_until_rename(guest, reader).await;
        let [message] = &messages[..] else { panic!("{messages:#?}") };
        assert_eq!((message.action, message.user_id), (Action::Created, Some(id)));
        let Entity::Invitation(Some(invitation)) = &message.entity else { panic!("{message:?}") };
        assert_eq!(invitation.organization.id, team.id);
    }
    let messages = messages_until_rename(&ada, &mut host_reader).await;
    let mut invited: Vec<_> = messages.iter().map(|message| message.subject_id).collect();
    assert!(messages.iter().all(|message| message.entity.kind() == Kind::Invitation));
    assert_eq!(invited.len(), 50);
    invited.sort();
    invited.dedup();
    assert_eq!(invited.len(), 50, "an invitation came twice");
}

#[tokio::test]
async fn deletion_of_an_organization_of_ten_thousand_reaches_each_member_once() {
    const CONNECTED: u32 = 40;
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let guests = server.guests(CONNECTED).await;
    sqlx::query(
        "insert into users (id, email, name)
         select gen_random_uuid(), 'member' || n || '@example.com', 'Member'
           from generate_series(1, 10000 - $1) n",
    )
    .bind(i32::try_from(CONNECTED).unwrap())
    .execute(&server.database.pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into memberships (id, organization_id, user_id, role)
         select gen_random_uuid(), $1, id, 'member' from users
          where email <> 'ada@example.com'
         on conflict do nothing",
    )
    .bind(team.id)
    .execute(&server.database.pool)
    .await
    .unwrap();
    wait_for_log(&server).await;
    let mut readers = Vec::new();
    for guest in &guests {
        readers.push(open_now(guest).await);
    }
    let away = wait_for_log(&server).await;

    let reply = ada.delete(&format!("/organizations/{}", team.id)).await;
    assert!(reply.status.is_success(), "{reply:?}");
    wait_for_log(&server).await;

    for (guest, reader) in guests.iter().zip(&mut readers) {
        let id = me(guest).await.user.id;
        assert_eq!(summarize(&messages_until_rename(guest, reader).await), deletion_of(id));
        // The same in catch-up.
        let messages = read_catch_up(&mut guest.stream(Some(away)).await).await;
        let of_deletion: Vec<_> =
            messages.into_iter().filter(|message| message.entity.kind() != Kind::User).collect();
        assert_eq!(summarize(&of_deletion), deletion_of(id));
    }
}

async fn open_now(person: &Person) -> StreamReader {
    let mut reader = person.stream(None).await;
    assert_eq!(read_catch_up(&mut reader).await, []);
    reader
}

type Summary = (Kind, Action, Option<UserId>);

fn summarize(messages: &[StreamMessage]) -> Vec<Summary> {
    messages
        .iter()
        .map(|message| (message.entity.kind(), message.action, message.user_id))
        .collect()
}

fn deletion_of(id: UserId) -> [Summary; 2] {
    [(Kind::Organization, Action::Deleted, None), (Kind::Membership, Action::Deleted, Some(id))]
}
