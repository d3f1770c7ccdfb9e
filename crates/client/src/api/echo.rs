//! Which of the mutations on the stream are this tab's own.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use contract::MutationId;

/// An echo follows its request within seconds; this many requests are far more than that.
const MOST_REMEMBERED: usize = 256;

static OWN: Mutex<Mutations> = Mutex::new(Mutations(VecDeque::new()));

/// Whether this tab sent the request of that mutation (one of its latest few hundred).
#[must_use]
pub fn is_own(mutation: MutationId) -> bool {
    OWN.lock().unwrap_or_else(PoisonError::into_inner).contains(mutation)
}

/// Notes a mutation before it is sent: its echo may arrive before its answer.
pub(super) fn remember(mutation: MutationId) {
    OWN.lock().unwrap_or_else(PoisonError::into_inner).add(mutation);
}

/// The latest of a tab.
#[derive(Debug, Default)]
struct Mutations(VecDeque<MutationId>);

impl Mutations {
    fn contains(&self, mutation: MutationId) -> bool {
        self.0.contains(&mutation)
    }

    fn add(&mut self, mutation: MutationId) {
        if self.0.len() == MOST_REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(mutation);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_latest_own_mutations_are_recognised() {
        let mut own = Mutations::default();
        let ids: Vec<_> =
            (0..=MOST_REMEMBERED).map(|_| MutationId::from_uuid(Uuid::new_v4())).collect();
        for id in &ids {
            own.add(*id);
        }
        assert!(!own.contains(ids[0]));
        assert!(ids[1..].iter().all(|id| own.contains(*id)));
        assert!(!own.contains(MutationId::from_uuid(Uuid::new_v4())));
    }
}
