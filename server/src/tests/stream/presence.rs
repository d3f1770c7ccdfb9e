//! Presence, as the streams of an organization report it.

use std::time::{Duration, Instant};

use contract::ResourceKind;
use contract::event::PresenceSnapshot;
use futures::StreamExt;
use reqwest::Method;

use super::*;

/// How long it may take until all nodes show a reader who comes or was removed.
const MAX_DELAY: Duration = Duration::from_secs(3);

/// An organization's stream, and the names in the last presence event.
struct PresenceReader {
    reader: StreamReader,
    names: Vec<String>,
}

impl PresenceReader {
    async fn open(person: &Person, team: &OrganizationView) -> Self {
        let mut reader = person.organization_stream(team.id, None).await;
        assert_eq!(read_catch_up(&mut reader).await, []);
        Self { reader, names: Vec::new() }
    }

    async fn next_names(&mut self) -> &[String] {
        let PresenceSnapshot { people, total } = self.reader.next_presence().await;
        self.names = people.iter().map(|person| person.name.to_string()).collect();
        assert_eq!(usize::try_from(total), Ok(self.names.len()));
        assert!(people.iter().all(|person| person.email.is_none()), "no email address is sent");
        &self.names
    }

    /// Waits until exactly these are present.
    async fn wait_for(&mut self, names: &[&str]) {
        while self.names != names {
            self.next_names().await;
        }
    }
}

async fn execute(server: &TestServer, sql: &'static str) {
    sqlx::query(sql).execute(&server.database.pool).await.unwrap();
}

/// Waits until the statement counts `count` rows.
async fn wait_for_rows(server: &TestServer, count: i64, sql: &'static str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found: i64 = sqlx::query_scalar(sql).fetch_one(&server.database.pool).await.unwrap();
        if found == count {
            return;
        }
        assert!(Instant::now() < deadline, "{found} instead of {count}: {sql}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const LEFT: &str = "select count(*) from presences where left_at is not null";
const PRESENT: &str = "select count(*) from presences where left_at is null";

/// Waits until one reader is marked as left, and extends their grace, so that the test doesn't depend
/// on the speed of the machine.
async fn wait_for_leave(server: &TestServer) {
    wait_for_rows(server, 1, LEFT).await;
    execute(server, "update presences set left_at = left_at + interval '1 minute'").await;
}

/// Waits until one reader is marked as left, and ends their grace.
async fn expire_grace(server: &TestServer) {
    wait_for_rows(server, 1, LEFT).await;
    execute(server, "update presences set left_at = left_at - interval '2 minutes'").await;
}

async fn create_team_of_two(server: &TestServer) -> (Person, Person, OrganizationView) {
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    (ada, grace, team)
}

#[tokio::test]
async fn readers_on_two_nodes_see_each_other_come_and_go() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace, team) = create_team_of_two(&server).await;
    let elsewhere = create_organization(&ada, "South Wind", "south-wind").await;
    let _elsewhere = PresenceReader::open(&node.person(&ada), &elsewhere).await;
    let mut ada_presence = PresenceReader::open(&ada, &team).await;
    ada_presence.wait_for(&["Ada"]).await;

    let begun = Instant::now();
    let mut grace_presence = PresenceReader::open(&node.person(&grace), &team).await;
    grace_presence.wait_for(&["Ada", "Grace"]).await;
    ada_presence.wait_for(&["Ada", "Grace"]).await;
    assert!(begun.elapsed() < MAX_DELAY, "{:?}", begun.elapsed());

    rename_user(&grace, "Grace Hopper").await;
    ada_presence.wait_for(&["Ada", "Grace Hopper"]).await;
    drop(grace_presence);
    expire_grace(&server).await;
    ada_presence.wait_for(&["Ada"]).await;
    node.stop().await;
}

#[tokio::test]
async fn reader_who_reconnects_within_the_grace_stays_present() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace, team) = create_team_of_two(&server).await;
    let cleo = server.person("Cleo").await;
    join(&ada, &cleo, &team).await;
    let mut ada_presence = PresenceReader::open(&ada, &team).await;
    let grace_presence = PresenceReader::open(&grace, &team).await;
    ada_presence.wait_for(&["Ada", "Grace"]).await;

    // First at the same node, then at the other.
    drop(grace_presence);
    wait_for_leave(&server).await;
    let grace_presence = PresenceReader::open(&grace, &team).await;
    wait_for_rows(&server, 0, LEFT).await;
    drop(grace_presence);
    wait_for_leave(&server).await;
    let _grace_presence = PresenceReader::open(&node.person(&grace), &team).await;
    wait_for_rows(&server, 2, PRESENT).await;

    let _cleo_presence = PresenceReader::open(&cleo, &team).await;
    assert_eq!(ada_presence.next_names().await, ["Ada", "Cleo", "Grace"], "no event in between");
    node.stop().await;
}

#[tokio::test]
async fn readers_of_a_killed_node_are_removed_after_its_timeout() {
    let server = TestServer::start().await;
    let mut node = server.another_killable().await;
    let (ada, grace, team) = create_team_of_two(&server).await;
    let mut ada_presence = PresenceReader::open(&ada, &team).await;
    let _grace_presence = PresenceReader::open(&node.person(&grace), &team).await;
    ada_presence.wait_for(&["Ada", "Grace"]).await;

    node.kill();
    wait_for_rows(&server, 2, PRESENT).await;
    sqlx::query("update nodes set seen_at = seen_at - interval '1 minute' where address = $1")
        .bind(node.address().to_string())
        .execute(&server.database.pool)
        .await
        .unwrap();
    ada_presence.wait_for(&["Ada"]).await;
    wait_for_rows(&server, 1, "select count(*) from presences").await;
}

#[tokio::test]
async fn readers_of_a_stopping_node_stay_present_during_the_grace() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace, team) = create_team_of_two(&server).await;
    let mut ada_presence = PresenceReader::open(&ada, &team).await;
    let _grace_presence = PresenceReader::open(&node.person(&grace), &team).await;
    ada_presence.wait_for(&["Ada", "Grace"]).await;
    tokio::join!(node.stop(), wait_for_leave(&server));
    rename_user(&ada, "Ada King").await;
    assert_eq!(ada_presence.next_names().await, ["Ada King", "Grace"], "no event in between");
    expire_grace(&server).await;
    ada_presence.wait_for(&["Ada King"]).await;
}

#[tokio::test]
async fn removed_member_is_not_present_and_receives_nothing_more() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace, team) = create_team_of_two(&server).await;
    let mut ada_presence = PresenceReader::open(&ada, &team).await;
    let mut grace_presence = PresenceReader::open(&node.person(&grace), &team).await;
    ada_presence.wait_for(&["Ada", "Grace"]).await;
    grace_presence.wait_for(&["Ada", "Grace"]).await;

    let members: List<MembershipView> =
        ada.get(&format!("/organizations/{}/members", team.id)).await.ok();
    let membership = members.items.iter().find(|it| it.user.name.as_str() == "Grace").unwrap();
    let begun = Instant::now();
    ada.delete(&format!("/memberships/{}", membership.id)).await.no_content();
    ada_presence.wait_for(&["Ada"]).await;
    assert!(begun.elapsed() < MAX_DELAY, "{:?}", begun.elapsed());

    let (_, event) = grace_presence.reader.next_event().await;
    assert!(matches!(event, StreamEvent::End(end) if end.code == EndCode::AccessLost), "{event:?}");
    grace_presence.reader.expect_end().await;
    node.stop().await;
}

#[tokio::test]
async fn streams_work_without_the_presence_table_and_recover_with_it() {
    let server = TestServer::start().await;
    let (ada, grace, team) = create_team_of_two(&server).await;
    let mut ada_presence = PresenceReader::open(&ada, &team).await;
    ada_presence.wait_for(&["Ada"]).await;
    execute(&server, "alter table presences rename to lost").await;
    let mut grace_presence = PresenceReader::open(&grace, &team).await;
    let path = format!("/organizations/{}/notes", team.id);
    let _: Value = ada.post(&path, &json!({ "title": "Plan" })).await.ok();
    assert_eq!(
        next_change(&mut grace_presence.reader).await.entity.kind(),
        Kind::Resource(ResourceKind::Note)
    );
    assert_eq!(
        next_change(&mut ada_presence.reader).await.entity.kind(),
        Kind::Resource(ResourceKind::Note)
    );

    // An unlogged table is empty after a crash of the database.
    execute(&server, "truncate lost").await;
    execute(&server, "alter table lost rename to presences").await;
    grace_presence.wait_for(&["Ada", "Grace"]).await;
    execute(&server, "truncate presences").await;
    wait_for_rows(&server, 2, PRESENT).await;
}

#[tokio::test]
async fn presence_events_do_not_replace_pings() {
    let ping_interval = Duration::from_secs(2);
    let server = TestServer::with_streams(Settings { ping_interval, ..Settings::default() }).await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let mut reader = PresenceReader::open(&ada, &team).await.reader;
    for number in 0.. {
        match reader.next_event_or_presence().await.1 {
            StreamEvent::Ping(_) => break,
            StreamEvent::Presence(_) => {
                assert!(number < 6, "no ping within seconds");
                rename_user(&ada, &format!("Ada {number}")).await;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn presence_event_has_no_id() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let path = format!("/organizations/{}/sync/stream", team.slug);
    let answer = ada.request(Method::GET, &path).send().await.unwrap();
    let (mut body, mut text) = (answer.bytes_stream(), String::new());
    let block = loop {
        let read = tokio::time::timeout(Duration::from_secs(20), body.next()).await.unwrap();
        text.push_str(std::str::from_utf8(&read.unwrap().unwrap()).unwrap());
        let found = text.split_inclusive("\n\n").find(|it| it.starts_with("event: presence"));
        if let Some(block) = found.filter(|block| block.ends_with("\n\n") && block.contains("Ada"))
        {
            break block;
        }
    };
    let id = me(&ada).await.user.id;
    assert_eq!(
        block,
        format!(
            "event: presence\ndata: {{\"people\":[{{\"id\":\"{id}\",\"name\":\"Ada\",\
             \"version\":1}}],\"total\":1}}\n\n"
        )
    );
    assert!(
        text.find("event: offset") < text.find("event: presence"),
        "presence comes after catch-up"
    );
}
