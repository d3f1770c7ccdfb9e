//! A browser's connection to one stream: connects, applies events, and reconnects.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contract::event::EndCode;
use contract::{Cursor, OrganizationId, StreamEvent};
use eventsource_stream::{Event, EventStreamError, Eventsource};
use futures::{Stream, StreamExt};
use tokio::sync::watch;

use super::tabs::{TabMessage, Tabs};
use crate::oracle::nodes::Nodes;
use crate::oracle::person::Person;
use crate::oracle::rng::Rng;

type Events = Pin<Box<dyn Stream<Item = Result<Event, EventStreamError<reqwest::Error>>> + Send>>;

/// The stream that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) enum Scope {
    User,
    Organization(OrganizationId),
}

/// The state of a browser's network, for all of its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NetworkState {
    pub(super) offline: bool,
    pub(super) paused: bool,
    /// How many times the connections were cut.
    pub(super) cuts: u64,
}

pub(super) struct StreamConnection {
    pub(super) scope: Scope,
    pub(super) person: Person,
    pub(super) nodes: Arc<Nodes>,
    pub(super) rng: Rng,
    pub(super) tabs: Arc<Tabs>,
    pub(super) network: watch::Receiver<NetworkState>,
    /// The number of open streams of the browser.
    pub(super) open_streams: Arc<AtomicUsize>,
}

/// The step after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Continue,
    Close,
}

impl StreamConnection {
    /// Connects again and again until the browser is closed.
    pub(super) async fn run(mut self) {
        while self.network.wait_for(|network| !network.offline).await.is_ok() {
            let cuts = self.network.borrow_and_update().cuts;
            if let Some((events, generation)) = self.connect().await {
                self.open_streams.fetch_add(1, Ordering::SeqCst);
                self.read_events(events, generation, cuts).await;
                self.open_streams.fetch_sub(1, Ordering::SeqCst);
            }
            let pause = Duration::from_millis(10 + self.rng.next() % 40);
            tokio::time::sleep(pause).await;
        }
    }

    /// The events, and the generation of the stream position that this connection continues.
    async fn connect(&mut self) -> Option<(Events, u64)> {
        let position =
            self.tabs.leading().await.position(self.scope).map(|its| (its.cursor, its.generation));
        let (cursor, generation) = position?;
        let path = match self.scope {
            Scope::User => format!("/me/stream?cursor={cursor}"),
            Scope::Organization(id) => format!("/organizations/{id}/sync/stream?cursor={cursor}"),
        };
        let answer = self.person.open(self.nodes.any(&mut self.rng), &path).await.ok()?;
        // The node may have lost its database, or the reader their access.
        if !answer.status().is_success() {
            return None;
        }
        let mut state = self.tabs.leading().await;
        state.connections += 1;
        state.position_of_generation(self.scope, generation)?.received.connected();
        Some((Box::pin(answer.bytes_stream().eventsource()), generation))
    }

    async fn read_events(&mut self, mut events: Events, generation: u64, cuts: u64) {
        loop {
            let network = *self.network.borrow_and_update();
            if network.offline || network.cuts != cuts {
                return;
            }
            let next = tokio::select! {
                changed = self.network.changed() => match changed {
                    Ok(()) => Next::Continue,
                    Err(_) => Next::Close,
                },
                event = events.next(), if !network.paused => match event {
                    Some(Ok(event)) => self.apply(event, generation).await,
                    Some(Err(_)) | None => Next::Close,
                },
            };
            if next == Next::Close {
                return;
            }
        }
    }

    async fn apply(&mut self, event: Event, generation: u64) -> Next {
        let Self { scope, person, nodes, rng, tabs, .. } = self;
        let scope = *scope;
        let cursor: Option<Cursor> = (!event.id.is_empty()).then(|| event.id.parse().unwrap());
        let parsed = StreamEvent::parse(&event.event, &event.data).unwrap();
        let mut state = tabs.leading().await;
        let Some(position) = state.position_of_generation(scope, generation) else {
            return Next::Close;
        };
        match parsed {
            StreamEvent::Change(message) => {
                position.received.change(cursor, &message);
                if let Some(cursor) = cursor {
                    position.advance(cursor);
                    let resubscribed = state.apply(person, nodes, rng, &message).await;
                    tabs.send(TabMessage::Change(scope, message, cursor));
                    for (id, from) in resubscribed {
                        tabs.send(TabMessage::Resubscribed(id, from));
                    }
                }
            }
            StreamEvent::Offset(offset) => {
                position.received.offset(offset.cursor);
                position.advance(offset.cursor);
                tabs.send(TabMessage::Advanced(scope, offset.cursor));
            }
            StreamEvent::Ping(ping) => {
                position.received.advanced(ping.cursor);
                position.advance(ping.cursor);
                tabs.send(TabMessage::Advanced(scope, ping.cursor));
            }
            StreamEvent::Reset(reset) => {
                state.reset(person, nodes, rng, scope, reset.cursor).await;
                tabs.send(TabMessage::Reset(scope, reset.cursor));
            }
            // Presence isn't part of the log, nor of these caches.
            StreamEvent::Presence(_) => {}
            StreamEvent::End(end) => {
                match (scope, end.code) {
                    (Scope::Organization(id), EndCode::AccessLost) => {
                        let cursor = position.cursor;
                        state.unsubscribe(id);
                        tabs.send(TabMessage::AccessLost(id, cursor));
                    }
                    (_, EndCode::SessionEnded | EndCode::UserDeleted) => {
                        drop(state);
                        let is_over = person.is_signed_out(nodes, rng).await;
                        assert!(is_over, "the session has not ended: {end:?}");
                    }
                    _ => assert!(end.reconnect, "the client may reconnect: {end:?}"),
                }
                return Next::Close;
            }
        }
        Next::Continue
    }
}
