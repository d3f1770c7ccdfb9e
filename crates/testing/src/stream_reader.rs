//! A client of a stream of server-sent events.

use std::pin::Pin;
use std::time::Duration;

use contract::event::PresenceSnapshot;
use contract::{Cursor, StreamEvent};
use eventsource_stream::{Event, EventStreamError, Eventsource};
use futures::{Stream, StreamExt};
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};

/// How long an expected event may take. Much longer than usual, because the machine may be busy; tests
/// of latency measure it themselves.
const TIMEOUT: Duration = Duration::from_secs(20);

type Events = Pin<Box<dyn Stream<Item = Result<Event, EventStreamError<reqwest::Error>>> + Send>>;

/// An open stream.
pub struct StreamReader {
    pub headers: HeaderMap,
    events: Events,
}

impl StreamReader {
    #[track_caller]
    pub fn new(response: Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK, "the stream was refused");
        let headers = response.headers().clone();
        Self { headers, events: Box::pin(response.bytes_stream().eventsource()) }
    }

    /// The next event except presence, and the cursor to resume after it.
    ///
    /// # Panics
    /// When there is none within 20 s, the stream ends, or the event is invalid.
    pub async fn next_event(&mut self) -> (Option<Cursor>, StreamEvent) {
        loop {
            let (cursor, event) = self.next_event_or_presence().await;
            if !matches!(event, StreamEvent::Presence(_)) {
                return (cursor, event);
            }
        }
    }

    /// The next presence event.
    ///
    /// # Panics
    /// When there is none within 20 s, or an event of the log comes first.
    pub async fn next_presence(&mut self) -> PresenceSnapshot {
        loop {
            match self.next_event_or_presence().await.1 {
                StreamEvent::Presence(snapshot) => return snapshot,
                StreamEvent::Ping(_) => {}
                other => panic!("{other:?} instead of a presence event"),
            }
        }
    }

    /// The next event of any kind.
    pub async fn next_event_or_presence(&mut self) -> (Option<Cursor>, StreamEvent) {
        let event = tokio::time::timeout(TIMEOUT, self.events.next())
            .await
            .expect("an event arrives within 20 s")
            .expect("the stream is open")
            .unwrap();
        let cursor = (!event.id.is_empty()).then(|| event.id.parse().unwrap());
        let parsed = StreamEvent::parse(&event.event, &event.data);
        (cursor, parsed.unwrap_or_else(|error| panic!("{error} in {event:?}")))
    }

    /// Waits until the server closes the stream and the connection.
    ///
    /// # Panics
    /// When another event arrives, or the stream is still open after 20 s.
    pub async fn expect_end(&mut self) {
        let next = tokio::time::timeout(TIMEOUT, self.events.next()).await;
        let next = next.expect("the stream ends within 20 s");
        assert!(next.is_none(), "unexpected event: {next:?}");
    }
}
