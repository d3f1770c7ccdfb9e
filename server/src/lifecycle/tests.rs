use std::time::{Duration, Instant};

use contract::StreamEvent;
use contract::event::EndCode;

use super::DRAIN;
use crate::testing::TestServer;

#[tokio::test]
async fn stopping_tells_every_stream_to_come_back_and_takes_no_longer_than_promised() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let mut readers = Vec::new();
    for _ in 0..5 {
        let mut reader = ada.stream(None).await;
        assert!(matches!(reader.next_event().await.1, StreamEvent::Offset(_)));
        readers.push(reader);
    }

    let begun = Instant::now();
    let told = async {
        for mut reader in readers {
            let (_, event) = reader.next_event().await;
            let StreamEvent::End(end) = event else { panic!("{event:?}") };
            assert_eq!((end.code, end.reconnect), (EndCode::Draining, true));
            reader.ended().await;
        }
    };
    let (_database, ()) = tokio::join!(server.stop(), told);
    assert!(begun.elapsed() < DRAIN + Duration::from_secs(3), "{:?}", begun.elapsed());
}
