//! One test for each defect of the stream that Tributary replaced. Defects 5 and 12 are in the browser
//! and are tested in `client`, defect 11 is in the CDC worker and is tested in `cdc`.

use std::time::{Duration, Instant};

use super::*;

/// Creates organizations and renames each. Returns the cursor before the renames, and the new names.
async fn rename_organizations(
    server: &TestServer,
    ada: &Person,
    count: usize,
) -> (Cursor, Vec<String>) {
    let mut teams = Vec::new();
    for number in 0..count {
        teams.push(
            create_organization(ada, &format!("Team {number}"), &format!("team-{number}")).await,
        );
    }
    let cursor = wait_for_log(server).await;
    let mut names = Vec::new();
    for (number, team) in teams.iter().enumerate() {
        names.push(format!("New {number}"));
        rename_organization(ada, team, &names[number]).await;
    }
    wait_for_log(server).await;
    (cursor, names)
}

#[tokio::test]
async fn defect_1_catch_up_from_any_cursor_is_complete() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (cursor, names) = rename_organizations(&server, &ada, 5).await;
    let all = read_catch_up(&mut ada.stream(Some(cursor)).await).await;
    assert_eq!(all.len(), names.len());
    for (index, message) in all.iter().enumerate() {
        let after = Cursor { position: message.position, ..cursor };
        let rest = read_catch_up(&mut ada.stream(Some(after)).await).await;
        let rest: Vec<_> = rest.iter().filter_map(organization_name).collect();
        assert_eq!(rest, names[index + 1..]);
    }
}

#[tokio::test]
async fn defect_2_catch_up_of_many_changes_is_complete_and_oldest_first() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (cursor, names) = rename_organizations(&server, &ada, 120).await;
    let mut reader = ada.stream(Some(cursor)).await;
    let messages: Vec<_> =
        read_catch_up(&mut reader).await.iter().filter_map(organization_name).collect();
    assert_eq!(messages, names, "all, oldest first");
}

#[tokio::test]
async fn defect_3_special_cursor_values_are_refused() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    for cursor in ["-1", "now", "0", "00000000.-1"] {
        let refused = ada.get(&format!("/me/stream?cursor={cursor}")).await;
        assert_eq!(refused.error().code, contract::ErrorCode::InvalidCursor, "{cursor}");
    }
}

#[tokio::test]
async fn defect_4_change_between_catch_up_and_live_is_not_lost() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    for number in 0..30 {
        let cursor = wait_for_log(&server).await;
        let name = format!("Name {number}");
        let (mut reader, ()) =
            tokio::join!(ada.stream(Some(cursor)), rename_organization(&ada, &team, &name));
        loop {
            match reader.next_event().await.1 {
                StreamEvent::Offset(_) => {}
                StreamEvent::Change(message) => {
                    assert_eq!(organization_name(&message), Some(name));
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn defect_6_open_stream_applies_changed_access() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut reader = open_live(&server, &grace).await;
    let membership = join(&ada, &grace, &team).await;
    next_of_kind(&mut reader, Kind::Membership).await;
    rename_organization(&ada, &team, "While A Member").await;
    let seen = next_of_kind(&mut reader, Kind::Organization).await;
    assert_eq!(organization_name(&seen).as_deref(), Some("While A Member"));

    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    assert_eq!(next_of_kind(&mut reader, Kind::Membership).await.action, Action::Deleted);
    rename_organization(&ada, &team, "Afterwards").await;
    rename_user(&grace, "Grace Hopper").await;
    assert_eq!(next_change(&mut reader).await.entity.kind(), Kind::User);
}

#[tokio::test]
async fn defect_7_removal_while_disconnected_reaches_a_user_without_other_organizations() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let cursor = wait_for_log(&server).await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    wait_for_log(&server).await;
    let messages = read_catch_up(&mut grace.stream(Some(cursor)).await).await;
    let [removal] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!((removal.action, removal.subject_id), (Action::Deleted, membership.id.uuid()));
}

#[tokio::test]
async fn defect_8_catch_up_contains_only_what_the_reader_may_see() {
    let server = TestServer::start().await;
    let (ada, grace, linus) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Linus").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let linus_membership = join(&ada, &linus, &team).await;
    join(&ada, &grace, &team).await;
    let cursor = wait_for_log(&server).await;

    let path = format!("/memberships/{}", linus_membership.id);
    let _: Value = linus.patch(&path, &json!({ "muted": true })).await.ok();
    let path = format!("/organizations/{}/invitations", team.id);
    let body = json!({ "emails": ["someone@example.com"], "role": "member" });
    let _: Value = ada.post(&path, &body).await.ok();
    wait_for_log(&server).await;

    assert_eq!(read_catch_up(&mut grace.stream(Some(cursor)).await).await, []);
    let own = read_catch_up(&mut linus.stream(Some(cursor)).await).await;
    assert_eq!(own.iter().map(|it| it.changed.clone()).collect::<Vec<_>>(), [["muted"]]);
}

#[tokio::test]
async fn defect_9_new_organization_reaches_its_creator() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = open_live(&server, &ada).await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let membership = next_of_kind(&mut reader, Kind::Membership).await;
    assert_eq!(membership.action, Action::Created);
    let Entity::Membership(Some(mine)) = membership.entity else { panic!("no membership") };
    assert_eq!(membership.subject_id, mine.id.uuid());
    assert_eq!(mine.organization.unwrap().id, team.id);
}

#[tokio::test]
async fn defect_10_stalled_readers_do_not_delay_others() {
    let settings = Settings { queue_capacity: 4, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, cookie) = raw::sign_up(&server, "Ada").await;
    let grace = server.person("Grace").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut stalled = Vec::new();
    for _ in 0..10 {
        stalled.push(raw::open_stream(&server, &cookie).await);
    }
    raw::wait_until_open(&server, 10).await;
    let mut reader = open_live(&server, &grace).await;
    for number in 0..200 {
        let name = format!("{number} {}", "long ".repeat(15));
        let begun = Instant::now();
        rename_organization(&ada, &team, name.trim()).await;
        assert_eq!(
            organization_name(&next_change(&mut reader).await).as_deref(),
            Some(name.trim())
        );
        assert!(begun.elapsed() < Duration::from_secs(1), "{number} took {:?}", begun.elapsed());
    }
}
