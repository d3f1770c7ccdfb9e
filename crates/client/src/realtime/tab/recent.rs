//! The latest messages, for tabs that come late.

use std::collections::VecDeque;

use contract::{Cursor, StreamMessage};

/// A tab is some seconds behind at most, when it opens.
const MOST_KEPT: usize = 500;

/// All messages after `floor`, up to where the stream stands.
#[derive(Debug)]
pub(super) struct Recent {
    floor: Cursor,
    messages: VecDeque<StreamMessage>,
}

impl Recent {
    /// Nothing yet, from there on.
    pub(super) const fn from(floor: Cursor) -> Self {
        Self { floor, messages: VecDeque::new() }
    }

    /// Keeps one more.
    pub(super) fn push(&mut self, message: StreamMessage) {
        if self.messages.len() == MOST_KEPT
            && let Some(oldest) = self.messages.pop_front()
        {
            self.floor.position = oldest.position;
        }
        self.messages.push_back(message);
    }

    /// All that came after `cursor`, if that is known.
    pub(super) fn after(&self, cursor: Cursor) -> Option<Vec<StreamMessage>> {
        let known = cursor.epoch == self.floor.epoch && cursor.position >= self.floor.position;
        let later = self.messages.iter().filter(|message| message.position > cursor.position);
        known.then(|| later.cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::tab::tests::{at, change};
    use contract::Epoch;

    fn positions(messages: Option<Vec<StreamMessage>>) -> Option<Vec<i64>> {
        messages.map(|messages| messages.iter().map(|message| message.position.0).collect())
    }

    #[test]
    fn it_gives_what_came_after_a_cursor() {
        let mut recent = Recent::from(at(10));
        [11, 13, 17].into_iter().for_each(|position| recent.push(change(position)));
        assert_eq!(positions(recent.after(at(10))), Some(vec![11, 13, 17]));
        assert_eq!(positions(recent.after(at(12))), Some(vec![13, 17]));
        assert_eq!(positions(recent.after(at(20))), Some(vec![]));
    }

    #[test]
    fn what_it_does_not_know_it_does_not_pretend_to_know() {
        let mut recent = Recent::from(at(10));
        assert_eq!(recent.after(at(9)), None);
        assert_eq!(recent.after(Cursor { epoch: Epoch::new(2), ..at(12) }), None);
        (11..).take(MOST_KEPT + 1).for_each(|position| recent.push(change(position)));
        assert_eq!(recent.after(at(10)), None);
        assert_eq!(recent.after(at(11)).map(|messages| messages.len()), Some(MOST_KEPT));
    }
}
