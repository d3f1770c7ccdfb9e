//! Changes whose answer was lost, so that sending one again keeps its mutation id: the server then
//! answers with the first result instead of making the change twice.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::transport::Request;
use contract::MutationId;

/// How many changes are remembered.
const MAX_CHANGES: usize = 32;

static UNANSWERED: Mutex<Unanswered> = Mutex::new(Unanswered(VecDeque::new()));

/// Returns the changes without an answer of this tab.
pub(super) fn unanswered() -> MutexGuard<'static, Unanswered> {
    UNANSWERED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Changes without an answer, oldest first, each without its id.
#[derive(Debug, Default)]
pub(super) struct Unanswered(VecDeque<(Request, MutationId)>);

impl Unanswered {
    /// Returns the id of the same change, if it was sent before and got no answer.
    pub(super) fn id_of(&self, change: &Request) -> Option<MutationId> {
        self.0.iter().find(|(sent, _)| sent == change).map(|(_, id)| *id)
    }

    /// Remembers that the change got no answer. One with the same content that is sent later means the
    /// same.
    pub(super) fn remember(&mut self, change: Request, id: MutationId) {
        self.forget(id);
        if self.0.len() == MAX_CHANGES {
            self.0.pop_front();
        }
        self.0.push_back((change, id));
    }

    /// Forgets the change, which was answered. The same content means another change from now on.
    pub(super) fn forget(&mut self, id: MutationId) {
        self.0.retain(|(_, of)| *of != id);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn change(title: &str) -> Request {
        Request::post("/notes").json(&title).without_mutation_id()
    }

    fn new_id() -> MutationId {
        MutationId::from_uuid(Uuid::new_v4())
    }

    #[test]
    fn change_that_is_sent_again_keeps_its_id_until_it_is_answered() {
        let mut unanswered = Unanswered::default();
        let id = new_id();
        unanswered.remember(change("Plan"), id);
        assert_eq!(unanswered.id_of(&change("Plan")), Some(id));
        assert_eq!(unanswered.id_of(&change("Another plan")), None);
        unanswered.forget(id);
        assert_eq!(unanswered.id_of(&change("Plan")), None);
    }

    #[test]
    fn only_the_latest_changes_are_remembered() {
        let mut unanswered = Unanswered::default();
        for number in 0..=MAX_CHANGES {
            unanswered.remember(change(&number.to_string()), new_id());
        }
        assert_eq!(unanswered.id_of(&change("0")), None);
        assert!(unanswered.id_of(&change("1")).is_some());
    }
}
