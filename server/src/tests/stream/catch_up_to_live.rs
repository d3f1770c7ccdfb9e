//! The transition from catch-up to live: no gap, no duplicate.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::*;

/// Reads up to version `last` of the organization, reconnecting with the cursor after every
/// `reconnect_after` events. Returns the versions in the order of their arrival.
async fn read_versions(
    person: &Person,
    mut cursor: Cursor,
    last: i64,
    reconnect_after: u64,
) -> Vec<i64> {
    let mut versions = Vec::new();
    loop {
        let mut reader = person.stream(Some(cursor)).await;
        for _ in 0..reconnect_after {
            let (id, event) = reader.next_event().await;
            let message = match event {
                StreamEvent::Change(message) => message,
                // Too many streams; it reconnects.
                StreamEvent::End(end) if end.reconnect => break,
                _ => continue,
            };
            cursor = id.unwrap();
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
        rename_organization(ada, team, &format!("Name {number}")).await;
    }
}

#[tokio::test]
async fn changes_during_reconnects_reach_every_reader_once() {
    // Catch-up from memory, from the database, and from either as activities are evicted.
    for hot_tail_bytes in [64 << 20, 0, 2_000] {
        reconnect_during_changes(Settings { hot_tail_bytes, ..Settings::default() }).await;
    }
}

async fn reconnect_during_changes(settings: Settings) {
    const CHANGES: i64 = 200;
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let cursor = wait_for_log(&server).await;
    let last = team.version + CHANGES;

    let (few, some, all, ()) = tokio::join!(
        read_versions(&ada, cursor, last, 3),
        read_versions(&ada, cursor, last, 10),
        read_versions(&ada, cursor, last, u64::MAX),
        rename_often(&ada, &team, CHANGES),
    );
    for versions in [&few, &some, &all] {
        let in_order = versions.is_sorted_by(|one, next| one < next);
        assert!(in_order, "in order, none twice: {versions:?}");
    }
    // The stream that never reconnected received each change separately.
    let first = all[0];
    assert_eq!(all, (first..=last).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn thousand_clients_connecting_during_changes_miss_none() {
    const CLIENTS: usize = 1_000;
    const CHANGES: i64 = 100;
    let settings = Settings { max_streams_per_user: CLIENTS, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let cursor = wait_for_log(&server).await;
    let last = team.version + CHANGES;

    let read = async {
        let mut clients: FuturesUnordered<_> = (0..CLIENTS)
            .map(|client| {
                let (ada, reconnect_after) = (&ada, [10, 25, 60, u64::MAX][client % 4]);
                async move {
                    // Spread over the time in which the changes are made.
                    tokio::time::sleep(Duration::from_millis(client as u64 * 3)).await;
                    read_versions(ada, cursor, last, reconnect_after).await
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
