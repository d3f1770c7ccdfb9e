//! Deduplicates stream messages, which are delivered at least once.

use std::collections::HashMap;

use uuid::Uuid;

use contract::{Kind, Position, StreamMessage};

/// The position of the last message that was applied, per subject.
///
/// Versions make patching idempotent for cached entities. This covers entities that are *no longer*
/// cached: without it, a redelivered "created" would bring a deleted entity back until its
/// "deleted" is redelivered too.
#[derive(Debug, Default)]
pub struct AppliedPositions {
    latest: HashMap<(Kind, Uuid), Position>,
}

impl AppliedPositions {
    /// Records the message's position. Returns whether it is newer than every earlier message about
    /// the same subject, so whether it must be applied.
    #[must_use]
    pub fn advance(&mut self, message: &StreamMessage) -> bool {
        let subject = (message.entity.kind(), message.subject_id);
        let latest = self.latest.entry(subject).or_insert(Position(i64::MIN));
        let is_newer = message.position > *latest;
        if is_newer {
            *latest = message.position;
        }
        is_newer
    }

    /// Forgets all positions, because positions of another log can't be compared.
    pub fn clear(&mut self) {
        self.latest.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;

    #[test]
    fn message_is_accepted_once_and_older_ones_never() {
        let mut applied = AppliedPositions::default();
        let mut message = created(member(ORGANIZATION, 1, "Ada"));
        message.position = Position(7);
        assert!(applied.advance(&message));
        assert!(!applied.advance(&message));
        message.position = Position(6);
        assert!(!applied.advance(&message));
        message.position = Position(8);
        assert!(applied.advance(&message));
        applied.clear();
        assert!(applied.advance(&message));
    }

    #[test]
    fn subjects_have_independent_positions() {
        let mut applied = AppliedPositions::default();
        let (mut first, mut second) =
            (created(member(ORGANIZATION, 1, "Ada")), created(member(ORGANIZATION, 2, "Grace")));
        (first.position, second.position) = (Position(9), Position(3));
        assert!(applied.advance(&first) && applied.advance(&second));
    }
}
