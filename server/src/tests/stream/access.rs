//! Access follows the log.

use super::*;

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
async fn who_was_removed_while_away_never_hears_what_became_of_the_organization() {
    let server = TestServer::start().await;
    let (ada, grace, linus) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Linus").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let removed = join(&ada, &grace, &team).await;
    let stays = join(&ada, &linus, &team).await;
    let cursor = settled(&server).await;
    ada.delete(&format!("/memberships/{}", removed.id)).await.no_content();
    ada.delete(&format!("/organizations/{}", team.id)).await.no_content();
    settled(&server).await;

    for (person, expected) in
        [(&grace, vec![removed.id.uuid()]), (&linus, vec![team.id.uuid(), stays.id.uuid()])]
    {
        let told = caught_up(&mut person.stream(Some(cursor)).await).await;
        assert!(told.iter().all(|message| message.action == Action::Deleted), "{told:?}");
        assert_eq!(told.iter().map(|it| it.subject_id).collect::<Vec<_>>(), expected);
    }
}
