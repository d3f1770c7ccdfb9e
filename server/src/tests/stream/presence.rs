//! Who is here, as the streams of an organization tell it.

use std::time::{Duration, Instant};

use contract::ResourceKind;
use contract::event::PresenceSnapshot;
use futures::StreamExt;
use reqwest::Method;

use super::*;

/// Who comes is seen within this on all nodes.
const PROMISED: Duration = Duration::from_secs(3);

/// The organization's stream, and who is here as far as it knows.
struct Onlooker {
    reader: StreamReader,
    here: Vec<String>,
}

impl Onlooker {
    async fn of(person: &Person, team: &OrganizationView) -> Self {
        let mut reader = person.organization_stream(team.id, None).await;
        assert_eq!(caught_up(&mut reader).await, []);
        Self { reader, here: Vec::new() }
    }

    async fn hears(&mut self) -> &[String] {
        let PresenceSnapshot { people, total } = self.reader.next_here().await;
        self.here = people.iter().map(|person| person.name.to_string()).collect();
        assert_eq!(usize::try_from(total), Ok(self.here.len()));
        assert!(people.iter().all(|person| person.email.is_none()), "no address is told");
        &self.here
    }

    /// Waits until these are here, and nobody else.
    async fn sees(&mut self, names: &[&str]) {
        while self.here != names {
            self.hears().await;
        }
    }
}

async fn execute(server: &TestServer, sql: &'static str) {
    sqlx::query(sql).execute(&server.database.pool).await.unwrap();
}

/// Waits until that many rows are as the condition says.
async fn rows_are(server: &TestServer, count: i64, sql: &'static str) {
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

const LEAVING: &str = "select count(*) from presences where left_at is not null";
const STAYING: &str = "select count(*) from presences where left_at is null";

/// Waits until somebody has left, and expects them back however busy the machine is.
async fn somebody_leaves(server: &TestServer) {
    rows_are(server, 1, LEAVING).await;
    execute(server, "update presences set left_at = left_at + interval '1 minute'").await;
}

/// Whoever has left isn't expected back any more.
async fn grace_passes(server: &TestServer) {
    rows_are(server, 1, LEAVING).await;
    execute(server, "update presences set left_at = left_at - interval '2 minutes'").await;
}

async fn team_of_two(server: &TestServer) -> (Person, Person, OrganizationView) {
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    (ada, grace, team)
}

#[tokio::test]
async fn people_on_two_nodes_see_each_other_come_and_go() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace, team) = team_of_two(&server).await;
    let elsewhere = found(&ada, "South Wind", "south-wind").await;
    let _elsewhere = Onlooker::of(&node.person(&ada), &elsewhere).await;
    let mut adas = Onlooker::of(&ada, &team).await;
    adas.sees(&["Ada"]).await;

    let begun = Instant::now();
    let mut graces = Onlooker::of(&node.person(&grace), &team).await;
    graces.sees(&["Ada", "Grace"]).await;
    adas.sees(&["Ada", "Grace"]).await;
    assert!(begun.elapsed() < PROMISED, "{:?}", begun.elapsed());

    rename_self(&grace, "Grace Hopper").await;
    adas.sees(&["Ada", "Grace Hopper"]).await;
    drop(graces);
    grace_passes(&server).await;
    adas.sees(&["Ada"]).await;
    node.stop().await;
}

#[tokio::test]
async fn who_comes_back_in_a_moment_was_never_away() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace, team) = team_of_two(&server).await;
    let cleo = server.person("Cleo").await;
    join(&ada, &cleo, &team).await;
    let mut adas = Onlooker::of(&ada, &team).await;
    let graces = Onlooker::of(&grace, &team).await;
    adas.sees(&["Ada", "Grace"]).await;

    // At the same node, and at the other.
    drop(graces);
    somebody_leaves(&server).await;
    let graces = Onlooker::of(&grace, &team).await;
    rows_are(&server, 0, LEAVING).await;
    drop(graces);
    somebody_leaves(&server).await;
    let _graces = Onlooker::of(&node.person(&grace), &team).await;
    rows_are(&server, 2, STAYING).await;

    let _cleos = Onlooker::of(&cleo, &team).await;
    assert_eq!(adas.hears().await, ["Ada", "Cleo", "Grace"], "the next word since");
    node.stop().await;
}

#[tokio::test]
async fn the_visitors_of_a_node_that_was_killed_are_gone_once_it_must_be_dead() {
    let server = TestServer::start().await;
    let mut node = server.another_to_be_killed().await;
    let (ada, grace, team) = team_of_two(&server).await;
    let mut adas = Onlooker::of(&ada, &team).await;
    let _graces = Onlooker::of(&node.person(&grace), &team).await;
    adas.sees(&["Ada", "Grace"]).await;

    node.kill();
    rows_are(&server, 2, STAYING).await;
    sqlx::query("update nodes set seen_at = seen_at - interval '1 minute' where address = $1")
        .bind(node.address().to_string())
        .execute(&server.database.pool)
        .await
        .unwrap();
    adas.sees(&["Ada"]).await;
    rows_are(&server, 1, "select count(*) from presences").await;
}

#[tokio::test]
async fn a_node_that_stops_leaves_its_visitors_the_time_to_go_on_elsewhere() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace, team) = team_of_two(&server).await;
    let mut adas = Onlooker::of(&ada, &team).await;
    let _graces = Onlooker::of(&node.person(&grace), &team).await;
    adas.sees(&["Ada", "Grace"]).await;
    tokio::join!(node.stop(), somebody_leaves(&server));
    rename_self(&ada, "Ada King").await;
    assert_eq!(adas.hears().await, ["Ada King", "Grace"], "the next word since");
    grace_passes(&server).await;
    adas.sees(&["Ada King"]).await;
}

#[tokio::test]
async fn a_removed_member_is_gone_at_once_and_hears_nothing_more() {
    let server = TestServer::start().await;
    let node = server.another().await;
    let (ada, grace, team) = team_of_two(&server).await;
    let mut adas = Onlooker::of(&ada, &team).await;
    let mut graces = Onlooker::of(&node.person(&grace), &team).await;
    adas.sees(&["Ada", "Grace"]).await;
    graces.sees(&["Ada", "Grace"]).await;

    let members: List<MembershipView> =
        ada.get(&format!("/organizations/{}/members", team.id)).await.ok();
    let hers = members.items.iter().find(|it| it.user.name.as_str() == "Grace").unwrap();
    let begun = Instant::now();
    ada.delete(&format!("/memberships/{}", hers.id)).await.no_content();
    adas.sees(&["Ada"]).await;
    assert!(begun.elapsed() < PROMISED, "{:?}", begun.elapsed());

    let (_, event) = graces.reader.next_event().await;
    assert!(matches!(event, StreamEvent::End(end) if end.code == EndCode::AccessLost), "{event:?}");
    graces.reader.ended().await;
    node.stop().await;
}

#[tokio::test]
async fn streams_go_on_without_the_table_and_hear_who_is_here_once_it_is_back() {
    let server = TestServer::start().await;
    let (ada, grace, team) = team_of_two(&server).await;
    let mut adas = Onlooker::of(&ada, &team).await;
    adas.sees(&["Ada"]).await;
    execute(&server, "alter table presences rename to lost").await;
    let mut graces = Onlooker::of(&grace, &team).await;
    let path = format!("/organizations/{}/notes", team.id);
    let _: Value = ada.post(&path, &json!({ "title": "Plan" })).await.ok();
    assert_eq!(
        next_change(&mut graces.reader).await.entity.kind(),
        Kind::Resource(ResourceKind::Note)
    );
    assert_eq!(
        next_change(&mut adas.reader).await.entity.kind(),
        Kind::Resource(ResourceKind::Note)
    );

    // As a database comes back that crashed.
    execute(&server, "truncate lost").await;
    execute(&server, "alter table lost rename to presences").await;
    graces.sees(&["Ada", "Grace"]).await;
    execute(&server, "truncate presences").await;
    rows_are(&server, 2, STAYING).await;
}

#[tokio::test]
async fn whoever_comes_and_goes_does_not_stand_for_pings() {
    let ping_interval = Duration::from_secs(2);
    let server = TestServer::with_streams(Settings { ping_interval, ..Settings::default() }).await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let mut reader = Onlooker::of(&ada, &team).await.reader;
    for number in 0.. {
        match reader.next_of_all().await.1 {
            StreamEvent::Ping(_) => break,
            StreamEvent::Presence(_) => {
                assert!(number < 6, "no ping within seconds");
                rename_self(&ada, &format!("Ada {number}")).await;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn on_the_wire_it_is_one_event_without_an_id() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
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
    assert!(text.find("event: offset") < text.find("event: presence"), "after catching up");
}
