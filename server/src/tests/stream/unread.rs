//! Unread marks on a user's own stream.

use contract::view::MenuView;

use super::*;

pub(super) async fn write_note(
    person: &Person,
    organization: &OrganizationView,
    title: &str,
) -> Value {
    let path = format!("/organizations/{}/notes", organization.id);
    person.post(&path, &json!({ "title": title })).await.ok()
}

#[tokio::test]
async fn change_by_another_member_marks_the_organization_unread() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let stranger = server.person("Linus").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut readers = [open_live(&server, &grace).await, open_live(&server, &stranger).await];
    let mut writer = open_live(&server, &ada).await;

    write_note(&ada, &team, "Plan").await;
    rename_organization(&ada, &team, "South Wind").await;
    for person in [&ada, &grace, &stranger] {
        rename_user(person, "Somebody").await;
    }

    let [member, outsider] = &mut readers;
    let mark = next_change(member).await;
    assert_eq!(mark.entity, Entity::Unread);
    assert_eq!((mark.subject_id, mark.organization_id), (team.id.uuid(), Some(team.id)));
    assert_eq!((mark.unread, mark.actor_id), (Some(mark.position), Some(me(&ada).await.user.id)));
    let renamed = next_change(member).await;
    assert_eq!(renamed.entity.kind(), Kind::Organization);
    assert_eq!(renamed.unread, Some(renamed.position));
    assert_eq!(
        next_change(&mut writer).await.entity.kind(),
        Kind::Organization,
        "own changes aren't marked unread"
    );
    let message = next_change(outsider).await;
    assert_eq!((message.entity.kind(), message.unread), (Kind::User, None));
}

#[tokio::test]
async fn catch_up_contains_one_unread_mark_with_the_newest_position_of_others() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let path = format!("/memberships/{}", membership.id);
    let cursor = wait_for_log(&server).await;
    for title in ["One", "Two", "Three"] {
        write_note(&grace, &team, title).await;
    }
    write_note(&ada, &team, "One's own").await;
    // A role that the reader changed herself, and then a change that is never unread.
    let _: Value = ada.patch(&path, &json!({ "role": "admin" })).await.ok();
    let _: Value = grace.patch(&path, &json!({ "muted": true })).await.ok();
    wait_for_log(&server).await;

    let messages = read_catch_up(&mut ada.stream(Some(cursor)).await).await;
    let kinds: Vec<_> = messages.iter().map(|message| message.entity.kind()).collect();
    assert_eq!(kinds, [Kind::Unread, Kind::Membership], "{messages:?}");
    let menu: MenuView = ada.get("/me/menu").await.ok();
    assert_eq!(messages[0].unread, menu.unread.get(&team.id).copied());
    assert_eq!(messages[0].unread, Some(messages[0].position));
    assert_eq!(messages[1].unread, None, "{:?}", messages[1]);
    let messages = read_catch_up(&mut grace.stream(Some(cursor)).await).await;
    let membership = messages.last().unwrap();
    assert!(membership.unread.is_some_and(|unread| unread < membership.position), "{membership:?}");
}
