//! Between catch-up and live: nothing falls through, nothing comes twice.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::*;

/// Reads until the organization's `last` version, leaving after every `pause` events and coming
/// back with the cursor. Gives the versions in the order they came.
async fn versions(person: &Person, mut at: Cursor, last: i64, pause: u64) -> Vec<i64> {
    let mut versions = Vec::new();
    loop {
        let mut reader = person.stream(Some(at)).await;
        for _ in 0..pause {
            let (id, event) = reader.next_event().await;
            let message = match event {
                StreamEvent::Change(message) => message,
                // Too many at once; it comes back.
                StreamEvent::End(end) if end.reconnect => break,
                _ => continue,
            };
            at = id.unwrap();
            let Entity::Organization(Some(organization)) = message.entity else { continue };
            versions.push(organization.version);
            if organization.version == last {
                return versions;
            }
        }
    }
}

async fn rename_often(ada: &Person, team: &OrganizationView, times: i64) {
    for number in 0..times {
        rename(ada, team, &format!("Name {number}")).await;
    }
}

#[tokio::test]
async fn changes_committed_while_readers_come_and_go_reach_each_of_them_once() {
    const CHANGES: i64 = 200;
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let cursor = settled(&server).await;
    let last = team.version + CHANGES;

    let (few, some, all, ()) = tokio::join!(
        versions(&ada, cursor, last, 3),
        versions(&ada, cursor, last, 10),
        versions(&ada, cursor, last, u64::MAX),
        rename_often(&ada, &team, CHANGES),
    );
    for versions in [&few, &some, &all] {
        let in_order = versions.is_sorted_by(|one, next| one < next);
        assert!(in_order, "in order, none twice: {versions:?}");
    }
    // What was live from the beginning saw each change by itself.
    let first = all[0];
    assert_eq!(all, (first..=last).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_clients_that_connect_during_changes_miss_none() {
    const CLIENTS: usize = 1_000;
    const CHANGES: i64 = 100;
    let settings = Settings { most_streams_of_user: CLIENTS, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    let cursor = settled(&server).await;
    let last = team.version + CHANGES;

    let read = async {
        let mut clients: FuturesUnordered<_> = (0..CLIENTS)
            .map(|client| {
                let (ada, pause) = (&ada, [10, 25, 60, u64::MAX][client % 4]);
                async move {
                    // They come all the time that changes are made.
                    tokio::time::sleep(Duration::from_millis(client as u64 * 3)).await;
                    versions(ada, cursor, last, pause).await
                }
            })
            .collect();
        while let Some(versions) = clients.next().await {
            assert!(versions.is_sorted_by(|one, next| one < next), "none twice: {versions:?}");
            assert_eq!(versions.last(), Some(&last));
        }
    };
    tokio::join!(read, rename_often(&ada, &team, CHANGES));
}
