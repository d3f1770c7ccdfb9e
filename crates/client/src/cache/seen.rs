//! Which messages were applied already.

use std::collections::HashMap;

use uuid::Uuid;

use contract::{Kind, Position, StreamMessage};

/// The newest position of each subject that was applied.
///
/// Versions make applying idempotent for what is held. This remembers what is *not* held any more:
/// without it, a replayed "created" would bring a deleted entity back until its "deleted" follows.
#[derive(Debug, Default)]
pub struct Seen {
    newest: HashMap<(Kind, Uuid), Position>,
}

impl Seen {
    /// Notes the message; gives whether it is newer than all of its subject so far.
    #[must_use]
    pub fn admits(&mut self, message: &StreamMessage) -> bool {
        let subject = (message.entity.kind(), message.subject_id);
        let newest = self.newest.entry(subject).or_insert(Position(i64::MIN));
        let newer = message.position > *newest;
        if newer {
            *newest = message.position;
        }
        newer
    }

    /// Positions of another log say nothing about this one.
    pub fn forget(&mut self) {
        self.newest.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;

    #[test]
    fn a_message_is_admitted_once_and_none_before_it() {
        let mut seen = Seen::default();
        let mut message = created(member(ORGANIZATION, 1, "Ada"));
        message.position = Position(7);
        assert!(seen.admits(&message));
        assert!(!seen.admits(&message));
        message.position = Position(6);
        assert!(!seen.admits(&message));
        message.position = Position(8);
        assert!(seen.admits(&message));
        seen.forget();
        assert!(seen.admits(&message));
    }

    #[test]
    fn subjects_do_not_hold_each_other_up() {
        let mut seen = Seen::default();
        let (mut first, mut second) =
            (created(member(ORGANIZATION, 1, "Ada")), created(member(ORGANIZATION, 2, "Grace")));
        (first.position, second.position) = (Position(9), Position(3));
        assert!(seen.admits(&first) && seen.admits(&second));
    }
}
