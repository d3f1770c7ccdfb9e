//! What a person's own stream tells of things that are not theirs: that something is new in an
//! organization, what an invitation quotes, and who wrote what they read.

use contract::view::MenuView;

use super::*;

async fn write(person: &Person, organization: &OrganizationView, title: &str) -> Value {
    let path = format!("/organizations/{}/notes", organization.id);
    person.post(&path, &json!({ "title": title })).await.ok()
}

#[tokio::test]
async fn that_others_wrote_is_news_to_members_who_follow_only_their_own_stream() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let stranger = server.person("Linus").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut readers = [live(&server, &grace).await, live(&server, &stranger).await];
    let mut writer = live(&server, &ada).await;

    write(&ada, &team, "Plan").await;
    rename(&ada, &team, "South Wind").await;
    for person in [&ada, &grace, &stranger] {
        rename_self(person, "Somebody").await;
    }

    let [member, outsider] = &mut readers;
    let news = next_change(member).await;
    assert_eq!(news.entity, Entity::News);
    assert_eq!((news.subject_id, news.organization_id), (team.id.uuid(), Some(team.id)));
    assert_eq!((news.news, news.actor_id), (Some(news.position), Some(me(&ada).await.user.id)));
    let renamed = next_change(member).await;
    assert_eq!(renamed.entity.kind(), Kind::Organization);
    assert_eq!(renamed.news, Some(renamed.position));
    assert_eq!(next_change(&mut writer).await.entity.kind(), Kind::Organization, "not one's own");
    let told = next_change(outsider).await;
    assert_eq!((told.entity.kind(), told.news), (Kind::User, None));
}

#[tokio::test]
async fn who_was_away_is_told_of_news_once_and_where_the_newest_of_others_is() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let path = format!("/memberships/{}", membership.id);
    let cursor = settled(&server).await;
    for title in ["One", "Two", "Three"] {
        write(&grace, &team, title).await;
    }
    write(&ada, &team, "One's own").await;
    // A role by the reader herself, and then what is nobody's news.
    let _: Value = ada.patch(&path, &json!({ "role": "admin" })).await.ok();
    let _: Value = grace.patch(&path, &json!({ "muted": true })).await.ok();
    settled(&server).await;

    let told = caught_up(&mut ada.stream(Some(cursor)).await).await;
    let kinds: Vec<_> = told.iter().map(|message| message.entity.kind()).collect();
    assert_eq!(kinds, [Kind::News, Kind::Membership], "{told:?}");
    let menu: MenuView = ada.get("/me/menu").await.ok();
    assert_eq!(told[0].news, menu.news.get(&team.id).copied());
    assert_eq!(told[0].news, Some(told[0].position));
    assert_eq!(told[1].news, None, "{:?}", told[1]);
    let told = caught_up(&mut grace.stream(Some(cursor)).await).await;
    let membership = told.last().unwrap();
    assert!(membership.news.is_some_and(|news| news < membership.position), "{membership:?}");
}

#[tokio::test]
async fn the_invited_hear_when_the_organization_or_who_invited_them_is_called_otherwise() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let email = me(&grace).await.user.email;
    let path = format!("/organizations/{}/invitations", team.id);
    let _: Value = ada.post(&path, &json!({ "emails": [email], "role": "member" })).await.ok();
    let cursor = settled(&server).await;
    let mut reader = live(&server, &grace).await;

    rename(&ada, &team, "South Wind").await;
    rename_self(&ada, "Ada King").await;
    settled(&server).await;

    let held: List<InvitationView> = grace.get("/me/invitations").await.ok();
    let quoted = |message: &StreamMessage| match &message.entity {
        Entity::Invitation(Some(invitation)) => invitation.clone(),
        other => panic!("{other:?} instead of an invitation"),
    };
    next_change(&mut reader).await;
    assert_eq!(quoted(&next_change(&mut reader).await), held.items[0]);
    let told = caught_up(&mut grace.stream(Some(cursor)).await).await;
    assert_eq!(told.iter().map(quoted).collect::<Vec<_>>(), held.items);
    assert_eq!(held.items[0].organization.name.as_str(), "South Wind");
    assert_eq!(held.items[0].invited_by.as_ref().unwrap().as_str(), "Ada King");
}

#[tokio::test]
async fn readers_of_a_note_hear_the_new_name_of_an_author_who_left_but_no_address() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let stranger = server.person("Linus").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    write(&grace, &team, "Plan").await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    let cursor = settled(&server).await;
    let (mut reader, mut outsider) = (live(&server, &ada).await, live(&server, &stranger).await);

    rename_self(&grace, "Grace Hopper").await;
    rename_self(&stranger, "Linus T").await;
    settled(&server).await;

    let caught_up = caught_up(&mut ada.stream(Some(cursor)).await).await;
    for message in [next_change(&mut reader).await, caught_up[0].clone()] {
        let Entity::User(Some(author)) = &message.entity else { panic!("{message:?}") };
        assert_eq!((author.name.as_str(), &author.email), ("Grace Hopper", &None));
    }
    let own = next_change(&mut outsider).await;
    assert_eq!(own.subject_id, me(&stranger).await.user.id.uuid());
}
