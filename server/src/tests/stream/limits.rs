//! Limits: number of streams, lifetime, catch-up, ping interval.

use std::time::Duration;

use super::*;

/// Reads up to the `end` event; returns its code and the last cursor.
async fn read_end(reader: &mut StreamReader) -> (EndCode, Option<Cursor>) {
    loop {
        if let (cursor, StreamEvent::End(end)) = reader.next_event().await {
            assert!(end.reconnect, "{end:?}");
            assert!(end.retry_after_ms > 0, "{end:?}");
            reader.expect_end().await;
            return (end.code, cursor);
        }
    }
}

#[tokio::test]
async fn stream_above_the_users_limit_is_refused_until_another_one_closes() {
    let settings = Settings { max_streams_per_user: 2, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let (first, _second) = (open_live(&server, &ada).await, open_live(&server, &ada).await);

    assert_eq!(read_end(&mut ada.stream(None).await).await.0, EndCode::TooManyStreams);
    open_live(&server, &grace).await;

    drop(first);
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    while !matches!(ada.stream(None).await.next_event().await.1, StreamEvent::Offset(_)) {
        assert!(std::time::Instant::now() < deadline, "the closed stream still counts");
    }
}

#[tokio::test]
async fn stream_above_the_nodes_limit_is_refused_as_overloaded() {
    let settings = Settings { max_streams: 1, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let _open = open_live(&server, &ada).await;
    assert_eq!(read_end(&mut grace.stream(None).await).await.0, EndCode::Overloaded);
}

#[tokio::test]
async fn stream_ends_after_its_lifetime_and_resumes_from_its_cursor() {
    let settings = Settings { lifetime: Duration::from_millis(300), ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    wait_for_log(&server).await;
    let (code, cursor) = read_end(&mut ada.stream(None).await).await;
    assert_eq!(code, EndCode::Lifetime);

    rename_user(&ada, "Ada King").await;
    wait_for_log(&server).await;
    let messages = read_catch_up(&mut ada.stream(cursor).await).await;
    assert_eq!(messages.iter().map(|it| it.entity.kind()).collect::<Vec<_>>(), [Kind::User]);
}

/// Readers catch up from the database, and from memory.
const TAILS: [usize; 2] = [0, 1 << 20];

#[tokio::test]
async fn reader_too_far_behind_is_reset() {
    for hot_tail_bytes in TAILS {
        expect_reset_above_the_entities(hot_tail_bytes).await;
    }
}

async fn expect_reset_above_the_entities(hot_tail_bytes: usize) {
    let settings = Settings { catch_up_limit: 3, hot_tail_bytes, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let cursor = wait_for_log(&server).await;
    for slug in ["one", "two"] {
        create_organization(&ada, slug, slug).await;
    }
    wait_for_log(&server).await;
    let (_, event) = ada.stream(Some(cursor)).await.next_event().await;
    let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
    assert_eq!(reset.reason, ResetReason::TooFarBehind);
}

#[tokio::test]
async fn reader_who_missed_too_many_bytes_is_reset() {
    for hot_tail_bytes in TAILS {
        expect_reset_above_the_bytes(hot_tail_bytes).await;
    }
}

async fn expect_reset_above_the_bytes(hot_tail_bytes: usize) {
    let settings = Settings { catch_up_max_bytes: 30_000, hot_tail_bytes, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let team = create_organization(&ada, "North Wind", "north-wind").await;
    let cursor = wait_for_log(&server).await;
    let write_note = async || {
        let note = json!({"title": "Plan", "body": "ü".repeat(5_000)});
        let _: Value = ada.post("/organizations/north-wind/notes", &note).await.ok();
        wait_for_log(&server).await;
        ada.organization_stream(team.id, Some(cursor)).await.next_event().await.1
    };
    assert!(matches!(write_note().await, StreamEvent::Change(_)));
    assert!(matches!(write_note().await, StreamEvent::Change(_)));
    let event = write_note().await;
    let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
    assert_eq!(reset.reason, ResetReason::TooFarBehind);
}

#[tokio::test]
async fn silent_stream_sends_pings_with_its_cursor() {
    let settings = Settings { ping_interval: Duration::from_millis(100), ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, stranger) = (server.person("Ada").await, server.person("Stranger").await);
    let mut reader = open_live(&server, &ada).await;
    // Ada doesn't receive this change, but her cursor moves past it.
    rename_user(&stranger, "Somebody").await;
    let head = wait_for_log(&server).await;
    read_pings_until(&mut reader, head).await;
}

#[tokio::test]
async fn user_who_opens_too_many_streams_in_a_short_time_is_told_when_to_return() {
    let limits = "all=1000/1s,streams-by-account=3/1m";
    let server = TestServer::with_limits(limits, Settings::default()).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    for _ in 0..3 {
        open_live(&server, &ada).await;
    }
    let (_, event) = ada.stream(None).await.next_event().await;
    let StreamEvent::End(end) = event else { panic!("{event:?}") };
    assert_eq!((end.code, end.reconnect), (EndCode::Overloaded, true));
    // The budget comes back by one stream every 20 s; the delay is random above that.
    assert!((15_000..=35_000).contains(&end.retry_after_ms), "{end:?}");
    open_live(&server, &grace).await;
}
