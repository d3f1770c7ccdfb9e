//! Which of the mutations on the stream are this tab's own.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::contract::MutationId;

/// An echo follows its request within seconds; this many requests are far more than that.
const MOST_REMEMBERED: usize = 256;

static OWN: Mutex<VecDeque<MutationId>> = Mutex::new(VecDeque::new());

/// Whether this tab sent the request of that mutation (one of its latest few hundred).
#[must_use]
pub fn is_own(mutation: MutationId) -> bool {
    OWN.lock().unwrap_or_else(PoisonError::into_inner).contains(&mutation)
}

/// Notes a mutation before it is sent: its echo may arrive before its answer.
pub(super) fn remember(mutation: MutationId) {
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    if own.len() == MOST_REMEMBERED {
        own.pop_front();
    }
    own.push_back(mutation);
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_latest_own_mutations_are_recognised() {
        let ids: Vec<_> = (0..=MOST_REMEMBERED)
            .map(|_| MutationId::from_uuid(Uuid::new_v4()))
            .inspect(|id| remember(*id))
            .collect();
        assert!(!is_own(ids[0]));
        assert!(ids[1..].iter().all(|id| is_own(*id)));
        assert!(!is_own(MutationId::from_uuid(Uuid::new_v4())));
    }
}
