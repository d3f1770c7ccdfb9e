//! The latest messages, for tabs that open later.

use std::collections::VecDeque;

use contract::{Cursor, StreamMessage};

/// How many messages are kept. A new tab is a few seconds behind at most.
const MAX_MESSAGES: usize = 500;

/// All messages after `floor`, in order.
#[derive(Debug)]
pub(super) struct RecentMessages {
    floor: Cursor,
    messages: VecDeque<StreamMessage>,
}

impl RecentMessages {
    /// Creates an empty list; the next message comes after `floor`.
    pub(super) const fn new(floor: Cursor) -> Self {
        Self { floor, messages: VecDeque::new() }
    }

    /// Adds a message and evicts the oldest one if there are too many.
    pub(super) fn push(&mut self, message: StreamMessage) {
        if self.messages.len() == MAX_MESSAGES
            && let Some(oldest) = self.messages.pop_front()
        {
            self.floor.position = oldest.position;
        }
        self.messages.push_back(message);
    }

    /// Returns all messages after `cursor`. `None` when some of them are no longer kept, or when the
    /// cursor belongs to another epoch.
    pub(super) fn after(&self, cursor: Cursor) -> Option<Vec<StreamMessage>> {
        let is_known = cursor.epoch == self.floor.epoch && cursor.position >= self.floor.position;
        let later = self.messages.iter().filter(|message| message.position > cursor.position);
        is_known.then(|| later.cloned().collect())
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
    fn messages_after_a_cursor_are_returned() {
        let mut recent = RecentMessages::new(at(10));
        [11, 13, 17].into_iter().for_each(|position| recent.push(change(position)));
        assert_eq!(positions(recent.after(at(10))), Some(vec![11, 13, 17]));
        assert_eq!(positions(recent.after(at(12))), Some(vec![13, 17]));
        assert_eq!(positions(recent.after(at(20))), Some(vec![]));
    }

    #[test]
    fn cursor_before_the_oldest_message_or_of_another_epoch_is_unknown() {
        let mut recent = RecentMessages::new(at(10));
        assert_eq!(recent.after(at(9)), None);
        assert_eq!(recent.after(Cursor { epoch: Epoch::new(2), ..at(12) }), None);
        (11..).take(MAX_MESSAGES + 1).for_each(|position| recent.push(change(position)));
        assert_eq!(recent.after(at(10)), None);
        assert_eq!(recent.after(at(11)).map(|messages| messages.len()), Some(MAX_MESSAGES));
    }
}
