//! Readers that stop reading: they delay nobody, use bounded memory, and lose nothing.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn stalled_readers_delay_nobody_and_are_disconnected() {
    const STALLED: usize = 100;
    const CHANGES: usize = 400;
    let settings = Settings {
        max_streams_per_user: STALLED,
        queue_capacity: 16,
        write_timeout: Duration::from_secs(2),
        ..Settings::default()
    };
    let server = TestServer::with_streams(settings).await;
    let (ada, cookie) = raw::sign_up(&server, "Ada").await;
    let (grace, _) = raw::sign_up(&server, "Grace").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut reader = open_live(&server, &grace).await;
    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        stalled.push(raw::open_stream(&server, &cookie).await);
    }
    raw::wait_until_open(&server, STALLED + 1).await;

    let mut slowest = Duration::ZERO;
    for number in 0..CHANGES {
        let begun = Instant::now();
        rename_organization(&ada, &team, &format!("{number} {}", "long ".repeat(12))).await;
        next_of_kind(&mut reader, Kind::Organization).await;
        slowest = slowest.max(begun.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "a change took {slowest:?}");

    // Their sockets are closed after the write timeout.
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.streams_open() > 1 {
        assert!(Instant::now() < deadline, "{} streams are still open", server.streams_open());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(stalled);
}

#[tokio::test]
async fn reader_with_a_full_queue_catches_up_to_the_newest_state() {
    let settings = Settings { queue_capacity: 2, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, cookie) = raw::sign_up(&server, "Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    wait_for_log(&server).await;
    let mut connection = raw::open_stream(&server, &cookie).await;
    let mut text = raw::read_until_live(&mut connection).await;
    let names: Vec<_> = (0..200).map(|number| format!("{number} {}", "long ".repeat(12))).collect();
    for name in &names {
        rename_organization(&ada, &team, name.trim()).await;
    }
    wait_for_log(&server).await;

    // It reads again: the last name arrives, with fewer messages than there were changes.
    text += &raw::read_until(&mut connection, names.last().unwrap().trim()).await;
    let positions: Vec<i64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("id: ")?.parse::<Cursor>().ok())
        .map(|cursor| cursor.position.0)
        .collect();
    assert!(positions.is_sorted(), "{positions:?}");
    assert!(text.matches("event: offset").count() >= 2, "the stream went back to catch-up");
}
