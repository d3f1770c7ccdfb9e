//! Changes of related entities: what an invitation shows of its organization and inviter, and the
//! author of a note.

use super::unread::write_note;
use super::*;

#[tokio::test]
async fn invited_user_receives_new_names_of_organization_and_inviter() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let email = me(&grace).await.user.email;
    let path = format!("/organizations/{}/invitations", team.id);
    let _: Value = ada.post(&path, &json!({ "emails": [email], "role": "member" })).await.ok();
    let cursor = wait_for_log(&server).await;
    let mut reader = open_live(&server, &grace).await;

    rename_organization(&ada, &team, "South Wind").await;
    rename_user(&ada, "Ada King").await;
    wait_for_log(&server).await;

    let invitations: List<InvitationView> = grace.get("/me/invitations").await.ok();
    let invitation_in = |message: &StreamMessage| match &message.entity {
        Entity::Invitation(Some(invitation)) => invitation.clone(),
        other => panic!("{other:?} instead of an invitation"),
    };
    next_change(&mut reader).await;
    assert_eq!(invitation_in(&next_change(&mut reader).await), invitations.items[0]);
    let messages = read_catch_up(&mut grace.stream(Some(cursor)).await).await;
    assert_eq!(messages.iter().map(invitation_in).collect::<Vec<_>>(), invitations.items);
    assert_eq!(invitations.items[0].organization.name.as_str(), "South Wind");
    assert_eq!(invitations.items[0].invited_by.as_ref().unwrap().as_str(), "Ada King");
}

#[tokio::test]
async fn new_name_of_an_author_who_left_reaches_readers_without_email() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let stranger = server.person("Linus").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    write_note(&grace, &team, "Plan").await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    let cursor = wait_for_log(&server).await;
    let (mut reader, mut outsider) =
        (open_live(&server, &ada).await, open_live(&server, &stranger).await);

    rename_user(&grace, "Grace Hopper").await;
    rename_user(&stranger, "Linus T").await;
    wait_for_log(&server).await;

    let missed = read_catch_up(&mut ada.stream(Some(cursor)).await).await;
    for message in [next_change(&mut reader).await, missed[0].clone()] {
        let Entity::User(Some(author)) = &message.entity else { panic!("{message:?}") };
        assert_eq!((author.name.as_str(), &author.email), ("Grace Hopper", &None));
    }
    let own = next_change(&mut outsider).await;
    assert_eq!(own.subject_id, me(&stranger).await.user.id.uuid());
}

#[tokio::test]
async fn new_names_change_only_invitations_that_are_open() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let path = format!("/organizations/{}/invitations", team.id);
    let emails: Vec<_> = (0..50).map(|number| format!("guest{number}@example.com")).collect();
    let _: Value = ada.post(&path, &json!({ "emails": emails, "role": "member" })).await.ok();
    sqlx::query(
        "update invitations
            set expires_at = case when email < 'guest3' then now() - interval '2 days' else expires_at end,
                rejected_at = case when email < 'guest3' then null else now() end
          where email <> 'guest9@example.com'",
    )
    .execute(&server.database.pool)
    .await
    .unwrap();
    let before = wait_for_log(&server).await;

    rename_organization(&ada, &team, "South Wind").await;
    rename_user(&ada, "Ada King").await;
    wait_for_log(&server).await;
    let changed: Vec<String> = sqlx::query_scalar(
        "select data ->> 'email' from activities where id > $1 and kind = 'invitation'",
    )
    .bind(before.position)
    .fetch_all(&server.database.pool)
    .await
    .unwrap();
    assert_eq!(changed, ["guest9@example.com", "guest9@example.com"]);
}
