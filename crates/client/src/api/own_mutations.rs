//! Recognises stream messages that this tab's own requests have caused.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use contract::MutationId;

/// How many mutations are remembered. A message follows its request within seconds, so this is
/// plenty.
const MAX_MUTATIONS: usize = 256;

static OWN_MUTATIONS: Mutex<RecentMutations> = Mutex::new(RecentMutations(VecDeque::new()));

/// Whether this tab sent the request of that mutation recently (one of the last 256).
#[must_use]
pub fn is_own_mutation(mutation: MutationId) -> bool {
    OWN_MUTATIONS.lock().unwrap_or_else(PoisonError::into_inner).contains(mutation)
}

/// Remembers a mutation. Call it before sending the request, because the message may arrive before
/// the response.
pub(super) fn remember(mutation: MutationId) {
    OWN_MUTATIONS.lock().unwrap_or_else(PoisonError::into_inner).push(mutation);
}

/// The latest mutations, oldest first.
#[derive(Debug, Default)]
struct RecentMutations(VecDeque<MutationId>);

impl RecentMutations {
    fn contains(&self, mutation: MutationId) -> bool {
        self.0.contains(&mutation)
    }

    fn push(&mut self, mutation: MutationId) {
        if self.0.len() == MAX_MUTATIONS {
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
    fn only_the_latest_own_mutations_are_remembered() {
        let mut own = RecentMutations::default();
        let ids: Vec<_> =
            (0..=MAX_MUTATIONS).map(|_| MutationId::from_uuid(Uuid::new_v4())).collect();
        for id in &ids {
            own.push(*id);
        }
        assert!(!own.contains(ids[0]));
        assert!(ids[1..].iter().all(|id| own.contains(*id)));
        assert!(!own.contains(MutationId::from_uuid(Uuid::new_v4())));
    }
}
