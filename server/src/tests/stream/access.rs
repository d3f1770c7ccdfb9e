//! Access changes take effect at their position in the log.

use super::*;

#[tokio::test]
async fn user_added_while_connected_receives_later_changes_of_the_organization() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut reader = open_live(&server, &grace).await;

    join(&ada, &grace, &team).await;
    let message = next_of_kind(&mut reader, Kind::Membership).await;
    let Entity::Membership(Some(membership)) = &message.entity else { panic!("{message:?}") };
    let shown = membership.organization.as_ref().unwrap();
    assert_eq!(shown.name.as_str(), "North Wind", "the menu needs no second request");

    rename_organization(&ada, &team, "South Wind").await;
    let message = next_of_kind(&mut reader, Kind::Organization).await;
    assert_eq!(organization_name(&message).as_deref(), Some("South Wind"));
}

#[tokio::test]
async fn removed_member_receives_nothing_after_the_removal() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let other = create_organization(&grace, "Harbour", "harbour").await;
    let membership = join(&ada, &grace, &team).await;
    let mut reader = open_live(&server, &grace).await;

    rename_organization(&ada, &team, "Before").await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    rename_organization(&ada, &team, "After").await;
    rename_organization(&grace, &other, "Still Mine").await;

    let before = next_change(&mut reader).await;
    assert_eq!(organization_name(&before).as_deref(), Some("Before"));
    let removal = next_change(&mut reader).await;
    assert_eq!((removal.action, removal.subject_id), (Action::Deleted, membership.id.uuid()));
    assert_eq!(removal.entity, Entity::Membership(None));
    let next = next_change(&mut reader).await;
    assert_eq!(organization_name(&next).as_deref(), Some("Still Mine"));
}

#[tokio::test]
async fn member_removed_while_disconnected_receives_only_the_removal() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let cursor = wait_for_log(&server).await;

    rename_organization(&ada, &team, "Before").await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    rename_organization(&ada, &team, "After").await;
    wait_for_log(&server).await;

    let messages = read_catch_up(&mut grace.stream(Some(cursor)).await).await;
    let messages: Vec<_> =
        messages.iter().map(|message| (message.action, message.subject_id)).collect();
    assert_eq!(messages, [(Action::Deleted, membership.id.uuid())]);
}

#[tokio::test]
async fn only_admins_see_email_addresses_and_only_the_user_their_own_preferences() {
    let server = TestServer::start().await;
    let (ada, grace, linus) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Linus").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let linus_membership = join(&ada, &linus, &team).await;
    join(&ada, &grace, &team).await;
    let (mut admin, mut member, mut own) = (
        open_live(&server, &ada).await,
        open_live(&server, &grace).await,
        open_live(&server, &linus).await,
    );

    let path = format!("/memberships/{}", linus_membership.id);
    let _: Value = linus.patch(&path, &json!({ "muted": true })).await.ok();
    let _: Value = ada.patch(&path, &json!({ "role": "admin" })).await.ok();

    let muted = next_change(&mut own).await;
    assert_eq!(muted.changed, ["muted"]);
    let Entity::Membership(Some(seen)) = muted.entity else { panic!("{:?}", muted.entity) };
    assert!(seen.preferences.unwrap().muted);
    assert_eq!(next_change(&mut own).await.changed, ["role"]);

    for (reader, sees_address) in [(&mut admin, true), (&mut member, false)] {
        let promoted = next_change(reader).await;
        assert_eq!(promoted.changed, ["role"], "they don't receive the muting");
        let Entity::Membership(Some(seen)) = promoted.entity else { panic!("no membership") };
        assert_eq!(seen.role, Role::Admin);
        assert_eq!(seen.user.email.is_some(), sees_address);
        assert_eq!((seen.preferences, seen.organization), (None, None));
    }
}

#[tokio::test]
async fn invitation_reaches_the_invited_user_and_admins_only() {
    let server = TestServer::start().await;
    let (ada, grace, linus) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Linus").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let (mut admin, mut member, mut invited) = (
        open_live(&server, &ada).await,
        open_live(&server, &grace).await,
        open_live(&server, &linus).await,
    );

    let path = format!("/organizations/{}/invitations", team.id);
    let body = json!({ "emails": ["linus@example.com"], "role": "member" });
    let _: Value = ada.post(&path, &body).await.ok();

    for reader in [&mut admin, &mut invited] {
        let message = next_change(reader).await;
        let Entity::Invitation(Some(invitation)) = message.entity else { panic!("no invitation") };
        assert_eq!(invitation.organization.name.as_str(), "North Wind");
        assert_eq!(invitation.invited_by.unwrap().as_str(), "Ada");
    }
    rename_organization(&ada, &team, "South Wind").await;
    assert_eq!(next_change(&mut member).await.entity.kind(), Kind::Organization);
}

#[tokio::test]
async fn member_removed_while_disconnected_does_not_learn_of_the_organizations_deletion() {
    let server = TestServer::start().await;
    let (ada, grace, linus) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Linus").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let removed = join(&ada, &grace, &team).await;
    let stays = join(&ada, &linus, &team).await;
    let cursor = wait_for_log(&server).await;
    ada.delete(&format!("/memberships/{}", removed.id)).await.no_content();
    ada.delete(&format!("/organizations/{}", team.id)).await.no_content();
    wait_for_log(&server).await;

    for (person, expected) in
        [(&grace, vec![removed.id.uuid()]), (&linus, vec![team.id.uuid(), stays.id.uuid()])]
    {
        let messages = read_catch_up(&mut person.stream(Some(cursor)).await).await;
        assert!(messages.iter().all(|message| message.action == Action::Deleted), "{messages:?}");
        assert_eq!(messages.iter().map(|it| it.subject_id).collect::<Vec<_>>(), expected);
    }
}
