//! A browser's link to one stream: connects, follows, and connects again.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contract::event::EndCode;
use contract::{Cursor, OrganizationId, StreamEvent};
use eventsource_stream::{Event, EventStreamError, Eventsource};
use futures::{Stream, StreamExt};
use tokio::sync::watch;

use super::tabs::{Tabs, Told};
use crate::oracle::nodes::Nodes;
use crate::oracle::person::Person;
use crate::oracle::rng::Rng;

type Events = Pin<Box<dyn Stream<Item = Result<Event, EventStreamError<reqwest::Error>>> + Send>>;

/// Which stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) enum Scope {
    User,
    Organization(OrganizationId),
}

/// What happens to all links of a browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Control {
    pub(super) offline: bool,
    pub(super) paused: bool,
    /// How many times they were cut.
    pub(super) cuts: u64,
}

pub(super) struct Line {
    pub(super) scope: Scope,
    pub(super) person: Person,
    pub(super) nodes: Arc<Nodes>,
    pub(super) rng: Rng,
    pub(super) tabs: Arc<Tabs>,
    pub(super) control: watch::Receiver<Control>,
    /// How many connections the browser has.
    pub(super) connections: Arc<AtomicUsize>,
}

/// What became of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Goes,
    Ends,
}

impl Line {
    /// Ends with the browser.
    pub(super) async fn run(mut self) {
        while self.control.wait_for(|control| !control.offline).await.is_ok() {
            let cuts = self.control.borrow_and_update().cuts;
            if let Some((events, tenure)) = self.connect().await {
                self.connections.fetch_add(1, Ordering::SeqCst);
                self.follow(events, tenure, cuts).await;
                self.connections.fetch_sub(1, Ordering::SeqCst);
            }
            let pause = Duration::from_millis(10 + self.rng.next() % 40);
            tokio::time::sleep(pause).await;
        }
    }

    /// The events, and the tenure of this connection.
    async fn connect(&mut self) -> Option<(Events, u64)> {
        let place = self.tabs.leading().await.place(self.scope).map(|its| (its.cursor, its.tenure));
        let (cursor, tenure) = place?;
        let path = match self.scope {
            Scope::User => format!("/me/stream?cursor={cursor}"),
            Scope::Organization(id) => format!("/organizations/{id}/sync/stream?cursor={cursor}"),
        };
        let answer = self.person.open(self.nodes.any(&mut self.rng), &path).await.ok()?;
        // A node may have lost its database, a reader their access.
        if !answer.status().is_success() {
            return None;
        }
        let mut state = self.tabs.leading().await;
        state.connections += 1;
        state.held_by(self.scope, tenure)?.transcript.connected();
        Some((Box::pin(answer.bytes_stream().eventsource()), tenure))
    }

    async fn follow(&mut self, mut events: Events, tenure: u64, cuts: u64) {
        loop {
            let control = *self.control.borrow_and_update();
            if control.offline || control.cuts != cuts {
                return;
            }
            let connection = tokio::select! {
                changed = self.control.changed() => match changed {
                    Ok(()) => Connection::Goes,
                    Err(_) => Connection::Ends,
                },
                event = events.next(), if !control.paused => match event {
                    Some(Ok(event)) => self.hear(event, tenure).await,
                    Some(Err(_)) | None => Connection::Ends,
                },
            };
            if connection == Connection::Ends {
                return;
            }
        }
    }

    async fn hear(&mut self, event: Event, tenure: u64) -> Connection {
        let Self { scope, person, nodes, rng, tabs, .. } = self;
        let scope = *scope;
        let cursor: Option<Cursor> = (!event.id.is_empty()).then(|| event.id.parse().unwrap());
        let parsed = StreamEvent::parse(&event.event, &event.data).unwrap();
        let mut state = tabs.leading().await;
        let Some(place) = state.held_by(scope, tenure) else { return Connection::Ends };
        match parsed {
            StreamEvent::Change(message) => {
                place.transcript.change(cursor, &message);
                if let Some(cursor) = cursor {
                    place.advance(cursor);
                    let begun = state.hear(person, nodes, rng, &message).await;
                    tabs.tell(Told::Change(scope, message, cursor));
                    begun.into_iter().for_each(|(id, from)| tabs.tell(Told::Begun(id, from)));
                }
            }
            StreamEvent::Offset(offset) => {
                place.transcript.offset(offset.cursor);
                place.advance(offset.cursor);
                tabs.tell(Told::Moved(scope, offset.cursor));
            }
            StreamEvent::Ping(ping) => {
                place.transcript.moved(ping.cursor);
                place.advance(ping.cursor);
                tabs.tell(Told::Moved(scope, ping.cursor));
            }
            StreamEvent::Reset(reset) => {
                state.reset(person, nodes, rng, scope, reset.cursor).await;
                tabs.tell(Told::Reset(scope, reset.cursor));
            }
            // Not from the log, and not on these screens.
            StreamEvent::Presence(_) => {}
            StreamEvent::End(end) => {
                match (scope, end.code) {
                    (Scope::Organization(id), EndCode::AccessLost) => {
                        let cursor = place.cursor;
                        state.stop_following(id);
                        tabs.tell(Told::AccessLost(id, cursor));
                    }
                    (_, EndCode::SessionEnded | EndCode::UserDeleted) => {
                        drop(state);
                        let over = person.is_signed_out(nodes, rng).await;
                        assert!(over, "the session has not ended: {end:?}");
                    }
                    _ => assert!(end.reconnect, "it may connect again: {end:?}"),
                }
                return Connection::Ends;
            }
        }
        Connection::Goes
    }
}
