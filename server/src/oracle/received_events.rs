//! The events that a tab has received on a stream, by connection, and the checks that hold for any
//! content.

use contract::{Cursor, Position, StreamMessage};
use time::OffsetDateTime;

/// A received event, and when it was received.
#[derive(Clone, Debug)]
pub(super) enum Received {
    /// A connection was opened.
    Connected,
    /// Everything since `Connected` or the last `Offset` may be catch-up up to this position.
    Offset(Position, OffsetDateTime),
    Change(Box<StreamMessage>, OffsetDateTime),
}

/// The system's clock, which the database uses too.
fn now() -> OffsetDateTime {
    #[expect(clippy::disallowed_methods, reason = "Postgres runs on this machine")]
    OffsetDateTime::now_utc()
}

/// The events on one stream since the last check.
#[derive(Debug, Default)]
pub(super) struct ReceivedEvents {
    events: Vec<Received>,
    /// The newest position on the connection. Messages must follow it.
    newest: Option<Position>,
    violations: Vec<String>,
    pub(super) messages: u64,
}

impl ReceivedEvents {
    pub(super) fn connected(&mut self) {
        self.newest = None;
        self.events.push(Received::Connected);
    }

    pub(super) fn change(&mut self, cursor: Option<Cursor>, message: &StreamMessage) {
        self.messages += 1;
        let position = message.position;
        if cursor.map(|cursor| cursor.position) != Some(position) {
            self.violations.push(format!("the id {cursor:?} of a message at {position}"));
        }
        if self.newest.is_some_and(|newest| position <= newest) {
            self.violations.push(format!("{position} after {:?}: {message:?}", self.newest));
        }
        self.newest = Some(position);
        self.events.push(Received::Change(Box::new(message.clone()), now()));
    }

    pub(super) fn advanced(&mut self, cursor: Cursor) {
        if self.newest.is_some_and(|newest| cursor.position < newest) {
            self.violations.push(format!("the cursor {cursor} after {:?}", self.newest));
        }
        self.newest = Some(cursor.position);
    }

    pub(super) fn offset(&mut self, cursor: Cursor) {
        self.advanced(cursor);
        self.events.push(Received::Offset(cursor.position, now()));
    }

    /// The stream was reset: former events say nothing about what follows.
    pub(super) fn reset(&mut self, cursor: Cursor) {
        self.events.clear();
        self.events.push(Received::Connected);
        self.newest = Some(cursor.position);
    }

    /// Takes the events and the violations since the last check. Keeps the phase of the connection
    /// for the next check.
    pub(super) fn take(&mut self) -> (Vec<Received>, Vec<String>) {
        let events = std::mem::take(&mut self.events);
        let phase = events.iter().rev().find(|event| !matches!(event, Received::Change(..)));
        self.events.extend(phase.cloned());
        (events, std::mem::take(&mut self.violations))
    }
}
