//! What a reader of a stream heard, connection by connection, and what must hold of it whatever was
//! said.

use contract::{Cursor, Position, StreamMessage};
use time::OffsetDateTime;

use db::clock::Clock;

/// One thing heard, and when.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// A connection begins.
    Connected,
    /// Everything since `Connected` or the last `Offset` may be catch-up, to here.
    Offset(Position, OffsetDateTime),
    Change(Box<StreamMessage>, OffsetDateTime),
}

/// On the clock that the database has too.
fn now() -> OffsetDateTime {
    Clock::system().now().inner()
}

/// The memory of one reader since the last check.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    heard: Vec<Heard>,
    /// Nothing at or before this may come on the connection.
    floor: Option<Position>,
    violations: Vec<String>,
    pub(super) messages: u64,
}

impl Transcript {
    pub(super) fn connected(&mut self) {
        self.floor = None;
        self.heard.push(Heard::Connected);
    }

    pub(super) fn change(&mut self, cursor: Option<Cursor>, message: &StreamMessage) {
        self.messages += 1;
        let position = message.position;
        if cursor.map(|cursor| cursor.position) != Some(position) {
            self.violations.push(format!("the id {cursor:?} of a message at {position}"));
        }
        if self.floor.is_some_and(|floor| position <= floor) {
            self.violations.push(format!("{position} after {:?}: {message:?}", self.floor));
        }
        self.floor = Some(position);
        self.heard.push(Heard::Change(Box::new(message.clone()), now()));
    }

    pub(super) fn moved(&mut self, cursor: Cursor) {
        if self.floor.is_some_and(|floor| cursor.position < floor) {
            self.violations.push(format!("the cursor {cursor} after {:?}", self.floor));
        }
        self.floor = Some(cursor.position);
    }

    pub(super) fn offset(&mut self, cursor: Cursor) {
        self.moved(cursor);
        self.heard.push(Heard::Offset(cursor.position, now()));
    }

    /// Another log: what was heard says nothing about it.
    pub(super) fn reset(&mut self, cursor: Cursor) {
        self.heard.clear();
        self.heard.push(Heard::Connected);
        self.floor = Some(cursor.position);
    }

    /// Hands out what was heard and what was wrong; goes on as if it stood at its last place.
    pub(super) fn take(&mut self) -> (Vec<Heard>, Vec<String>) {
        let heard = std::mem::take(&mut self.heard);
        // What follows on the same connection is live, from there on.
        let last = heard.iter().rev().find(|heard| !matches!(heard, Heard::Change(..)));
        self.heard.extend(last.cloned());
        (heard, std::mem::take(&mut self.violations))
    }
}
