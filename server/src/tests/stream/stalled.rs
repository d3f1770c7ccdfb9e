//! Readers that stop reading: bounded, in nobody's way, and without loss.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn readers_that_never_read_delay_nobody_and_are_cut_off_in_the_end() {
    const STALLED: usize = 100;
    const CHANGES: usize = 400;
    let settings = Settings {
        most_streams_of_user: STALLED,
        queue_capacity: 16,
        write_deadline: Duration::from_secs(2),
        ..Settings::default()
    };
    let server = TestServer::with_streams(settings).await;
    let (ada, cookie) = raw::signed_up(&server, "Ada").await;
    let (grace, _) = raw::signed_up(&server, "Grace").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    join(&ada, &grace, &team).await;
    let mut reader = live(&server, &grace).await;
    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        stalled.push(raw::open(&server, &cookie).await);
    }
    raw::are_open(&server, STALLED + 1).await;

    let mut slowest = Duration::ZERO;
    for number in 0..CHANGES {
        let begun = Instant::now();
        rename(&ada, &team, &format!("{number} {}", "long ".repeat(12))).await;
        next_of(&mut reader, Kind::Organization).await;
        slowest = slowest.max(begun.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "one was delayed by {slowest:?}");

    // Most of what they weren't sent is nowhere in memory; their sockets are given up in time.
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.streams_open() > 1 {
        assert!(Instant::now() < deadline, "{} still hold a place", server.streams_open());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(stalled);
}

#[tokio::test]
async fn a_reader_whose_queue_overflowed_gets_the_newest_state_and_goes_on() {
    let settings = Settings { queue_capacity: 2, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, cookie) = raw::signed_up(&server, "Ada").await;
    let team = found(&ada, "North Wind", "north-wind").await;
    settled(&server).await;
    let mut connection = raw::open(&server, &cookie).await;
    raw::are_open(&server, 1).await;
    let names: Vec<_> = (0..200).map(|number| format!("{number} {}", "long ".repeat(12))).collect();
    for name in &names {
        rename(&ada, &team, name.trim()).await;
    }
    settled(&server).await;

    // Now it reads again: the last name comes, and far fewer messages than there were changes.
    let text = raw::read_until(&mut connection, names.last().unwrap().trim()).await;
    let positions: Vec<i64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("id: ")?.parse::<Cursor>().ok())
        .map(|cursor| cursor.position.0)
        .collect();
    assert!(positions.is_sorted(), "{positions:?}");
    assert!(text.matches("event: offset").count() >= 2, "it went back to catch-up");
}
