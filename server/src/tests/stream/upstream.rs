//! One test for each defect of the stream that Tributary replaces, as far as the server can show it:
//! 5 and 12 are the browser's (`app`: `realtime::tab::tests::upstream`), 11 is the worker's
//! (`cdc::tests::upstream`).

use std::time::{Duration, Instant};

use super::*;

/// Several organizations of one person, renamed one after the other.
async fn renamed(server: &TestServer, ada: &Person, count: usize) -> (Cursor, Vec<String>) {
    let mut teams = Vec::new();
    for number in 0..count {
        teams.push(found(ada, &format!("Team {number}"), &format!("team-{number}")).await);
    }
    let cursor = settled(server).await;
    let mut names = Vec::new();
    for (number, team) in teams.iter().enumerate() {
        names.push(format!("New {number}"));
        rename(ada, team, &names[number]).await;
    }
    settled(server).await;
    (cursor, names)
}

#[tokio::test]
async fn defect_1_random_cursors_gave_an_arbitrary_subset() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (cursor, names) = renamed(&server, &ada, 5).await;
    let all = caught_up(&mut ada.stream(Some(cursor)).await).await;
    assert_eq!(all.len(), names.len());
    for (passed, message) in all.iter().enumerate() {
        let after = Cursor { position: message.position, ..cursor };
        let rest = caught_up(&mut ada.stream(Some(after)).await).await;
        let rest: Vec<_> = rest.iter().filter_map(organization_name).collect();
        assert_eq!(rest, names[passed + 1..]);
    }
}

#[tokio::test]
async fn defect_2_catch_up_began_with_the_newest_and_stopped_at_fifty() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let (cursor, names) = renamed(&server, &ada, 120).await;
    let mut reader = ada.stream(Some(cursor)).await;
    let told: Vec<_> = caught_up(&mut reader).await.iter().filter_map(organization_name).collect();
    assert_eq!(told, names, "oldest first, every one");
}

#[tokio::test]
async fn defect_3_minus_one_meant_something_in_one_place_and_not_in_the_other() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    for cursor in ["-1", "now", "0", "00000000.-1"] {
        let refused = ada.get(&format!("/me/stream?cursor={cursor}")).await;
        assert_eq!(refused.error().code, contract::ErrorCode::InvalidCursor, "{cursor}");
    }
}

#[tokio::test]
async fn defect_4_what_happened_between_catch_up_and_registration_was_lost() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    for number in 0..30 {
        let cursor = settled(&server).await;
        let name = format!("Name {number}");
        let (mut reader, ()) = tokio::join!(ada.stream(Some(cursor)), rename(&ada, &team, &name));
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
async fn defect_6_access_was_frozen_when_the_stream_was_opened() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = live(&server, &grace).await;
    let membership = join(&ada, &grace, &team).await;
    next_of(&mut reader, Kind::Membership).await;
    rename(&ada, &team, "While A Member").await;
    let seen = next_of(&mut reader, Kind::Organization).await;
    assert_eq!(organization_name(&seen).as_deref(), Some("While A Member"));

    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    assert_eq!(next_of(&mut reader, Kind::Membership).await.action, Action::Deleted);
    rename(&ada, &team, "Afterwards").await;
    rename_self(&grace, "Grace Hopper").await;
    assert_eq!(next_change(&mut reader).await.entity.kind(), Kind::User);
}

#[tokio::test]
async fn defect_7_a_removal_while_away_was_never_told_to_who_had_no_other_organization() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let membership = join(&ada, &grace, &team).await;
    let cursor = settled(&server).await;
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    settled(&server).await;
    let told = caught_up(&mut grace.stream(Some(cursor)).await).await;
    let [removal] = &told[..] else { panic!("{told:?}") };
    assert_eq!((removal.action, removal.subject_id), (Action::Deleted, membership.id.uuid()));
}

#[tokio::test]
async fn defect_8_catch_up_told_every_member_what_concerns_others_only() {
    let server = TestServer::start().await;
    let (ada, grace, linus) =
        (server.person("Ada").await, server.person("Grace").await, server.person("Linus").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    let linus_there = join(&ada, &linus, &team).await;
    join(&ada, &grace, &team).await;
    let cursor = settled(&server).await;

    let path = format!("/memberships/{}", linus_there.id);
    let _: Value = linus.patch(&path, &json!({ "muted": true })).await.ok();
    let path = format!("/organizations/{}/invitations", team.id);
    let body = json!({ "emails": ["someone@example.com"], "role": "member" });
    let _: Value = ada.post(&path, &body).await.ok();
    settled(&server).await;

    assert_eq!(caught_up(&mut grace.stream(Some(cursor)).await).await, []);
    let own = caught_up(&mut linus.stream(Some(cursor)).await).await;
    assert_eq!(own.iter().map(|it| it.changed.clone()).collect::<Vec<_>>(), [["muted"]]);
}

#[tokio::test]
async fn defect_9_a_new_organization_never_reached_its_founder() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut reader = live(&server, &ada).await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let membership = next_of(&mut reader, Kind::Membership).await;
    assert_eq!(membership.action, Action::Created);
    let Entity::Membership(Some(mine)) = membership.entity else { panic!("no membership") };
    assert_eq!(membership.subject_id, mine.id.uuid());
    assert_eq!(mine.organization.unwrap().id, team.id);
}

#[tokio::test]
async fn defect_10_one_stalled_reader_delayed_everybody_behind_it() {
    let settings = Settings { queue_capacity: 4, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, cookie) = raw::signed_up(&server, "Ada").await;
    let grace = server.person("Grace").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut stalled = Vec::new();
    for _ in 0..10 {
        stalled.push(raw::open(&server, &cookie).await);
    }
    raw::are_open(&server, 10).await;
    let mut reader = live(&server, &grace).await;
    for number in 0..200 {
        let name = format!("{number} {}", "long ".repeat(15));
        let begun = Instant::now();
        rename(&ada, &team, name.trim()).await;
        assert_eq!(
            organization_name(&next_change(&mut reader).await).as_deref(),
            Some(name.trim())
        );
        assert!(begun.elapsed() < Duration::from_secs(1), "{number} took {:?}", begun.elapsed());
    }
}
