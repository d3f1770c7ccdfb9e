//! Catch-up from memory: the same messages as from the database, at every place of the tail's beginning.

use std::collections::HashMap;

use super::*;
use stream::Streams;
use testing::eventually;

/// How often a node has answered from memory, and how often from the database.
fn counts(streams: &Streams) -> (u64, u64) {
    let counts = streams.catch_up_counts();
    (counts.from_memory(), counts.from_database())
}

/// A node without a hot tail.
fn without_tail() -> Settings {
    Settings { hot_tail_bytes: 0, ..Settings::default() }
}

#[tokio::test]
async fn reconnected_reader_catches_up_without_the_database() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let cursor = wait_for_log(&server).await;
    rename_organization(&ada, &team, "South Wind").await;
    wait_for_log(&server).await;
    for reader in [&ada, &grace, &ada] {
        let messages = read_catch_up(&mut reader.stream(Some(cursor)).await).await;
        let names: Vec<_> = messages.iter().filter_map(organization_name).collect();
        assert_eq!(names, ["South Wind"]);
    }
    assert_eq!(counts(server.streams()), (3, 0));
}

#[tokio::test]
async fn cursor_before_the_tail_is_answered_from_the_database() {
    let settings = Settings { hot_tail_bytes: 4_000, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let old = wait_for_log(&server).await;
    for number in 0..50 {
        rename_organization(&ada, &team, &format!("Wind {number}")).await;
    }
    let new = wait_for_log(&server).await;
    rename_organization(&ada, &team, "South Wind").await;
    wait_for_log(&server).await;
    for (cursor, expected) in [(old, (0, 1)), (new, (1, 1))] {
        let messages = read_catch_up(&mut ada.stream(Some(cursor)).await).await;
        let names: Vec<_> = messages.iter().filter_map(organization_name).collect();
        assert_eq!(names, ["South Wind"]);
        assert_eq!(counts(server.streams()), expected);
    }
    assert!(server.streams().hot_tail_size() <= 4_000);
}

#[tokio::test]
async fn node_that_starts_answers_from_memory() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let before = wait_for_log(&server).await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    rename_organization(&ada, &team, "South Wind").await;
    wait_for_log(&server).await;
    let node = server.another().await;
    eventually("the tail is filled", async || node.streams().hot_tail_size() > 0).await;
    let messages = read_catch_up(&mut node.person(&ada).stream(Some(before)).await).await;
    assert_eq!(messages.last().and_then(organization_name).as_deref(), Some("South Wind"));
    assert_eq!(counts(node.streams()), (1, 0));
    node.stop().await;
}

/// Everything that can concern a reader: of organizations that they join, leave and lose, with role
/// changes, invitations, notes, new names and private changes.
async fn change_everything(server: &TestServer, people: &[Person; 3]) -> Vec<OrganizationView> {
    let [ada, grace, linus] = people;
    let mut organizations = Vec::new();
    for (name, slug) in [("North Wind", "north"), ("South Wind", "south"), ("East Wind", "east")] {
        organizations.push(create_organization(ada, name, slug).await);
    }
    let [north, south, east] = &organizations[..] else { unreachable!() };
    let grace_in_north = join(ada, grace, north).await;
    let linus_in_north = join(ada, linus, north).await;
    join(ada, linus, south).await;
    join(ada, grace, east).await;
    wait_for_log(server).await;
    let role = json!({ "role": "admin" });
    let path = format!("/memberships/{}", grace_in_north.id);
    let _: Value = ada.patch(&path, &role).await.ok();
    let _: Value = grace.patch(&path, &json!({ "muted": true })).await.ok();
    let emails = json!({ "emails": ["new@example.com"], "role": "member" });
    let _: Value =
        grace.post(&format!("/organizations/{}/invitations", north.id), &emails).await.ok();
    for (author, title) in [(ada, "Plan"), (linus, "List")] {
        let note = json!({ "title": title, "body": "" });
        let _: Value = author.post(&format!("/organizations/{}/notes", north.id), &note).await.ok();
    }
    rename_user(linus, "Linus T").await;
    rename_organization(ada, south, "West Wind").await;
    let _ = ada.delete(&format!("/memberships/{}", linus_in_north.id)).await;
    rename_user(linus, "Linus Torvalds").await;
    let _ = ada.delete(&format!("/organizations/{}", east.id)).await;
    organizations
}

#[tokio::test]
async fn memory_and_database_send_the_same_messages() {
    let server = TestServer::start().await;
    let database_only = server.another_with(without_tail()).await;
    let people =
        [server.person("Ada").await, server.person("Grace").await, server.person("Linus").await];
    let first = wait_for_log(&server).await;
    let organizations = change_everything(&server, &people).await;
    let last = wait_for_log(&server).await;
    let mut read: HashMap<bool, u64> = HashMap::new();
    for position in first.position.0..last.position.0 {
        let cursor = Cursor { position: Position(position), ..first };
        for person in &people {
            let there = database_only.person(person);
            let from_memory = read_catch_up(&mut person.stream(Some(cursor)).await).await;
            let from_database = read_catch_up(&mut there.stream(Some(cursor)).await).await;
            assert_eq!(from_memory, from_database, "after {position}");
            *read.entry(from_memory.is_empty()).or_default() += 1;
        }
        let (ada, id) = (&people[0], organizations[0].id);
        let from_memory = read_catch_up(&mut ada.organization_stream(id, Some(cursor)).await).await;
        let there = database_only.person(ada);
        let from_database =
            read_catch_up(&mut there.organization_stream(id, Some(cursor)).await).await;
        assert_eq!(from_memory, from_database, "the organization's stream after {position}");
    }
    assert!(read[&false] > 30, "{read:?}");
    let (from_memory, from_database) = counts(server.streams());
    assert!(from_memory > 60 && from_database == 0, "{from_memory} and {from_database}");
    let (from_memory, from_database) = counts(database_only.streams());
    // A tail without room still knows that nothing follows the newest activity.
    assert!(from_memory < 10 && from_database > 60, "{from_memory} and {from_database}");
    database_only.stop().await;
}
