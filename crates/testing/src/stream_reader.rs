//! A reader of a stream, as any client of server-sent events reads it.

use std::pin::Pin;
use std::time::Duration;

use contract::event::PresenceSnapshot;
use contract::{Cursor, StreamEvent};
use eventsource_stream::{Event, EventStreamError, Eventsource};
use futures::{Stream, StreamExt};
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};

/// How long an event that must come may take. Much longer than it does: the machine may be busy. What
/// is promised to be fast is measured by the test that shows it.
const PATIENCE: Duration = Duration::from_secs(20);

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

    /// The next event but for who is here, and the cursor to resume from after it.
    ///
    /// # Panics
    /// When none comes in time, the stream is over, or the event isn't one of the protocol.
    pub async fn next_event(&mut self) -> (Option<Cursor>, StreamEvent) {
        loop {
            let (cursor, event) = self.next_of_all().await;
            if !matches!(event, StreamEvent::Presence(_)) {
                return (cursor, event);
            }
        }
    }

    /// The next word on who is here.
    ///
    /// # Panics
    /// When none comes in time, or anything of the log does.
    pub async fn next_here(&mut self) -> PresenceSnapshot {
        loop {
            match self.next_of_all().await.1 {
                StreamEvent::Presence(here) => return here,
                StreamEvent::Ping(_) => {}
                other => panic!("{other:?} instead of who is here"),
            }
        }
    }

    /// The next event, whichever it is.
    pub async fn next_of_all(&mut self) -> (Option<Cursor>, StreamEvent) {
        let event = tokio::time::timeout(PATIENCE, self.events.next())
            .await
            .expect("no event within 20 s")
            .expect("the stream is over")
            .unwrap();
        let cursor = (!event.id.is_empty()).then(|| event.id.parse().unwrap());
        let parsed = StreamEvent::parse(&event.event, &event.data);
        (cursor, parsed.unwrap_or_else(|error| panic!("{error} in {event:?}")))
    }

    /// Waits for the end of the stream, and for the connection's.
    ///
    /// # Panics
    /// When another event comes, or the stream stays open.
    pub async fn ended(&mut self) {
        let next = tokio::time::timeout(PATIENCE, self.events.next()).await;
        let next = next.expect("the stream is still open after 20 s");
        assert!(next.is_none(), "one more event: {next:?}");
    }
}
