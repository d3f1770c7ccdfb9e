//! An open invitation quotes its organization and its sender. A new name of either is one change in the log, and
//! whoever sees such an invitation learns of it.

use uuid::Uuid;

use super::*;
use crate::testing::Node;

/// A node without a hot tail.
fn without_tail() -> Settings {
    Settings { hot_tail_bytes: 0, ..Settings::default() }
}

async fn invite(host: &Person, organization: &OrganizationView, email: &str) {
    let path = format!("/organizations/{}/invitations", organization.id);
    let _: Value = host.post(&path, &json!({ "emails": [email], "role": "member" })).await.ok();
}

async fn invitations(person: &Person) -> Vec<InvitationView> {
    person.get("/me/invitations").await.ok::<List<InvitationView>>().items
}

/// What a reader missed, from memory and from the database, which say the same.
async fn missed(
    server: &TestServer,
    database_only: &Node,
    person: &Person,
    after: Cursor,
) -> Vec<StreamMessage> {
    wait_for_log(server).await;
    let from_memory = read_catch_up(&mut person.stream(Some(after)).await).await;
    let mut there = database_only.person(person).stream(Some(after)).await;
    assert_eq!(from_memory, read_catch_up(&mut there).await);
    from_memory
}

/// The subjects of the messages about quotes, which contain nothing else but the names of fields.
fn quoted(messages: &[StreamMessage]) -> Vec<(Uuid, Vec<String>)> {
    let quotes = messages.iter().filter(|message| message.entity == Entity::Quote);
    let subject = |message: &StreamMessage| {
        let changed = message.changed.clone();
        let bare = StreamMessage {
            position: message.position,
            action: Action::Updated,
            subject_id: message.subject_id,
            organization_id: None,
            user_id: None,
            actor_id: None,
            mutation_id: None,
            changed: changed.clone(),
            unread: None,
            entity: Entity::Quote,
            at: message.at,
        };
        assert_eq!(*message, bare);
        (message.subject_id, changed)
    };
    quotes.map(subject).collect()
}

async fn activities_since(server: &TestServer, since: Cursor) -> Vec<String> {
    wait_for_log(server).await;
    // Accounts are created to see that the log has everything before.
    sqlx::query_scalar(
        "select kind from activities
          where id > $1 and (kind, action) <> ('user', 'created')
          order by id",
    )
    .bind(since.position)
    .fetch_all(&server.database.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn invited_user_learns_of_new_names_of_organization_and_sender() {
    let server = TestServer::start().await;
    let database_only = server.another_with(without_tail()).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    invite(&ada, &team, "grace@example.com").await;
    let before = invitations(&grace).await.remove(0);
    let cursor = wait_for_log(&server).await;
    let mut reader = open_live(&server, &grace).await;

    rename_organization(&ada, &team, "South Wind").await;
    // An invitation shows neither.
    let path = format!("/organizations/{}", team.id);
    let _: Value = ada.patch(&path, &json!({ "description": "Secret plans" })).await.ok();
    server.database.execute("update users set email = 'king@example.com' where name = 'Ada'").await;
    rename_user(&ada, "Ada King").await;

    let of_ada = me(&ada).await.user.id.uuid();
    let name = vec!["name".to_owned()];
    let expected = vec![(team.id.uuid(), name.clone()), (of_ada, name)];
    let live = [next_change(&mut reader).await, next_change(&mut reader).await];
    assert_eq!(quoted(&live), expected);
    let missed = missed(&server, &database_only, &grace, cursor).await;
    assert_eq!((quoted(&missed), missed.len()), (expected, 2));

    let after = invitations(&grace).await.remove(0);
    assert_eq!(after.organization.name.as_str(), "South Wind");
    assert_eq!(after.invited_by.unwrap().as_str(), "Ada King");
    assert_eq!(after.version, before.version, "the invitation itself is the same");
    database_only.stop().await;
}

#[tokio::test]
async fn new_name_is_one_activity_whatever_the_number_of_invitations() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    server
        .database
        .execute(
            "insert into users (id, email, name)
             select gen_random_uuid(), 'guest' || n || '@example.com', 'Guest'
               from generate_series(0, 59) n;
             insert into invitations (id, organization_id, email, user_id, role, invited_by,
                    expires_at, rejected_at)
             select gen_random_uuid(), o.id, 'guest' || n || '@example.com', u.id, 'member', ada.id,
                    now() + case when n < 5 then interval '-2 days' else interval '1 day' end,
                    case when n between 5 and 9 then now() end
               from generate_series(0, 109) n
              cross join organizations o
               join users ada on ada.name = 'Ada'
               left join users u on u.email = 'guest' || n || '@example.com'",
        )
        .await;
    let before = wait_for_log(&server).await;

    rename_organization(&ada, &team, "South Wind").await;
    assert_eq!(activities_since(&server, before).await, ["organization"]);
    rename_user(&ada, "Ada King").await;
    assert_eq!(activities_since(&server, before).await, ["organization", "user"]);
    // Of 60 known users, 5 have an invitation that has expired, and 5 have declined theirs.
    let invited: Vec<i64> = sqlx::query_scalar(
        "select count(*) from activity_invited_users group by activity_id order by activity_id",
    )
    .fetch_all(&server.database.pool)
    .await
    .unwrap();
    assert_eq!(invited, [50, 50]);
}

#[tokio::test]
async fn admins_learn_of_the_new_name_of_a_sender_who_left() {
    let server = TestServer::start().await;
    let database_only = server.another_with(without_tail()).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let (member, guest) = (server.person("Linus").await, server.person("Alan").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &member, &team).await;
    let of_grace = join(&ada, &grace, &team).await;
    let path = format!("/memberships/{}", of_grace.id);
    let _: Value = ada.patch(&path, &json!({ "role": "admin" })).await.ok();
    invite(&grace, &team, "alan@example.com").await;
    ada.delete(&path).await.no_content();
    let cursor = wait_for_log(&server).await;
    let (mut for_ada, mut for_guest) =
        (open_live(&server, &ada).await, open_live(&server, &guest).await);
    let mut for_member = open_live(&server, &member).await;

    rename_user(&grace, "Grace Hopper").await;
    let expected = vec![(of_grace.user.id.uuid(), vec!["name".to_owned()])];
    for reader in [&mut for_ada, &mut for_guest] {
        assert_eq!(quoted(&[next_change(reader).await]), expected);
    }
    rename_organization(&ada, &team, "South Wind").await;
    let next = next_change(&mut for_member).await;
    assert_eq!(organization_name(&next).as_deref(), Some("South Wind"));

    for (person, expected) in [
        (&ada, expected.clone()),
        (&member, vec![]),
        (&guest, [expected, vec![(team.id.uuid(), vec!["name".to_owned()])]].concat()),
    ] {
        assert_eq!(quoted(&missed(&server, &database_only, person, cursor).await), expected);
    }
    let path = format!("/organizations/{}/invitations", team.id);
    let listed: List<InvitationView> = ada.get(&path).await.ok();
    assert_eq!(listed.items[0].invited_by.as_ref().unwrap().as_str(), "Grace Hopper");
    assert_eq!(listed.items[0].inviter_id, Some(of_grace.user.id));
    database_only.stop().await;
}

#[tokio::test]
async fn whoever_has_no_invitation_any_more_missed_no_new_name() {
    let server = TestServer::start().await;
    let database_only = server.another_with(without_tail()).await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut guests = Vec::new();
    for name in ["Declines", "Accepts", "Withdrawn", "Expired", "Keeps"] {
        let guest = server.person(name).await;
        invite(&ada, &team, &format!("{}@example.com", name.to_lowercase())).await;
        guests.push(guest);
    }
    let [declines, accepts, withdrawn, expired, keeps] = &guests[..] else { unreachable!() };
    server
        .database
        .execute(
            "update invitations set expires_at = now() - interval '2 days'
              where email = 'expired@example.com'",
        )
        .await;
    let cursor = wait_for_log(&server).await;
    let mut live = open_live(&server, expired).await;
    rename_organization(&ada, &team, "South Wind").await;
    rename_user(&ada, "Ada King").await;
    for (guest, answer) in [(declines, "reject"), (accepts, "accept")] {
        let id = invitations(guest).await[0].id;
        let answer = guest.post(&format!("/invitations/{id}/{answer}"), &json!({})).await;
        assert!(answer.status.is_success());
    }
    let id = invitations(withdrawn).await[0].id;
    ada.delete(&format!("/invitations/{id}")).await.no_content();
    rename_user(expired, "Late").await;
    assert_eq!(next_change(&mut live).await.entity.kind(), Kind::User);

    for guest in [declines, accepts, withdrawn, expired] {
        let messages = missed(&server, &database_only, guest, cursor).await;
        assert_eq!(quoted(&messages), []);
        let names = messages.iter().filter_map(organization_name);
        let expected: &[&str] = if std::ptr::eq(guest, accepts) { &["South Wind"] } else { &[] };
        assert_eq!(names.collect::<Vec<_>>(), expected);
    }
    assert_eq!(quoted(&missed(&server, &database_only, keeps, cursor).await).len(), 2);
    database_only.stop().await;
}

#[tokio::test]
async fn reader_who_sees_more_gets_one_message() {
    let server = TestServer::start().await;
    let database_only = server.another_with(without_tail()).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let club = create_organization(&ada, "Club", "club").await;
    join(&ada, &grace, &club).await;
    invite(&ada, &team, "grace@example.com").await;
    let cursor = wait_for_log(&server).await;
    let mut reader = open_live(&server, &grace).await;
    rename_user(&ada, "Ada King").await;
    let live = next_change(&mut reader).await;
    for message in [&live, &missed(&server, &database_only, &grace, cursor).await[0]] {
        let Entity::User(Some(user)) = &message.entity else { panic!("{message:?}") };
        assert_eq!((user.name.as_str(), &user.email), ("Ada King", &None));
    }
    rename_organization(&ada, &team, "South Wind").await;
    assert_eq!(next_change(&mut reader).await.entity, Entity::Quote);
    database_only.stop().await;
}
