//! What a stream is refused for, and what ends it in time.

use std::time::Duration;

use super::*;

/// Reads to the end that must come; gives its code and the last cursor.
async fn end(reader: &mut StreamReader) -> (EndCode, Option<Cursor>) {
    loop {
        if let (cursor, StreamEvent::End(end)) = reader.next_event().await {
            assert!(end.reconnect, "{end:?}");
            assert!(end.retry_after_ms > 0, "{end:?}");
            reader.ended().await;
            return (end.code, cursor);
        }
    }
}

#[tokio::test]
async fn one_stream_too_many_of_a_user_is_told_so_and_has_a_place_when_another_ends() {
    let settings = Settings { most_streams_of_user: 2, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let (first, _second) = (live(&server, &ada).await, live(&server, &ada).await);

    assert_eq!(end(&mut ada.stream(None).await).await.0, EndCode::TooManyStreams);
    live(&server, &grace).await;

    drop(first);
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    while !matches!(ada.stream(None).await.next_event().await.1, StreamEvent::Offset(_)) {
        assert!(std::time::Instant::now() < deadline, "the place isn't given up");
    }
}

#[tokio::test]
async fn a_full_node_says_so_as_a_stream() {
    let settings = Settings { most_streams: 1, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let _place = live(&server, &ada).await;
    assert_eq!(end(&mut grace.stream(None).await).await.0, EndCode::Overloaded);
}

#[tokio::test]
async fn a_stream_ends_after_its_lifetime_and_the_next_one_goes_on_from_there() {
    let settings = Settings { lifetime: Duration::from_millis(300), ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    settled(&server).await;
    let (code, cursor) = end(&mut ada.stream(None).await).await;
    assert_eq!(code, EndCode::Lifetime);

    rename_self(&ada, "Ada King").await;
    settled(&server).await;
    let told = caught_up(&mut ada.stream(cursor).await).await;
    assert_eq!(told.iter().map(|it| it.entity.kind()).collect::<Vec<_>>(), [Kind::User]);
}

#[tokio::test]
async fn a_reader_too_far_behind_is_told_to_read_again() {
    let settings = Settings { catch_up_limit: 3, ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let ada = server.person("Ada").await;
    let cursor = settled(&server).await;
    for slug in ["one", "two"] {
        found(&ada, slug, slug).await;
    }
    settled(&server).await;
    let (_, event) = ada.stream(Some(cursor)).await.next_event().await;
    let StreamEvent::Reset(reset) = event else { panic!("{event:?}") };
    assert_eq!(reset.reason, ResetReason::TooFarBehind);
}

#[tokio::test]
async fn a_silent_stream_says_that_it_is_alive_and_where_it_stands() {
    let settings = Settings { ping_interval: Duration::from_millis(100), ..Settings::default() };
    let server = TestServer::with_streams(settings).await;
    let (ada, stranger) = (server.person("Ada").await, server.person("Stranger").await);
    let mut reader = live(&server, &ada).await;
    // Not Ada's business, but her cursor moves past it.
    rename_self(&stranger, "Somebody").await;
    let head = settled(&server).await;
    pings_until(&mut reader, head).await;
}
