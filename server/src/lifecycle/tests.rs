use std::time::{Duration, Instant};

use contract::StreamEvent;
use contract::event::EndCode;

use super::DRAIN_TIMEOUT;
use crate::testing::TestServer;

#[tokio::test]
async fn stop_ends_every_stream_with_draining_within_its_timeout() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut readers = Vec::new();
    for _ in 0..5 {
        let mut reader = ada.stream(None).await;
        assert!(matches!(reader.next_event().await.1, StreamEvent::Offset(_)));
        readers.push(reader);
    }

    let begun = Instant::now();
    let all_ended = async {
        for mut reader in readers {
            let (_, event) = reader.next_event().await;
            let StreamEvent::End(end) = event else { panic!("{event:?}") };
            assert_eq!((end.code, end.reconnect), (EndCode::Draining, true));
            reader.expect_end().await;
        }
    };
    let (_database, ()) = tokio::join!(server.stop(), all_ended);
    assert!(begun.elapsed() < DRAIN_TIMEOUT + Duration::from_secs(3), "{:?}", begun.elapsed());
}
