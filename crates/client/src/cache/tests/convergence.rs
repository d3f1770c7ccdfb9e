//! Property test: a query that is fetched at any moment and patched afterwards equals one that is
//! fetched at the end, also with redelivered messages and messages from before the fetch.

use proptest::prelude::*;

use super::world::{Snapshot, World};
use crate::cache::applied_positions::AppliedPositions;
use crate::cache::fixtures::READER;
use crate::cache::{Patch, Patched};
use contract::StreamMessage;

/// The messages of the reader's stream, and what a fetch returns after each step.
struct History {
    /// Each with the number of its step.
    messages: Vec<(usize, StreamMessage)>,
    reads: Vec<Snapshot>,
}

fn simulate(steps: &[(u8, u8, u8)]) -> History {
    let mut world = World::new();
    let mut history = History { messages: Vec::new(), reads: vec![world.fetch()] };
    for (number, step) in steps.iter().enumerate() {
        let messages = world.simulate(*step);
        history.messages.extend(messages.into_iter().map(|message| (number + 1, message)));
        history.reads.push(world.fetch());
    }
    history
}

/// The query fetched at step `read` and patched with `messages`. When it is stale it is fetched
/// again, at the step of the message or later.
fn patched<'a, T: Patch + Clone>(
    history: &History,
    read: usize,
    messages: impl Iterator<Item = &'a (usize, StreamMessage)>,
    query: impl Fn(&Snapshot) -> Option<&T>,
) -> Option<T> {
    let mut current = query(&history.reads[read])?.clone();
    for (step, message) in messages {
        if current.patch(message, READER) == Patched::Stale
            && let Some(fresh) = query(&history.reads[read.max(*step)])
        {
            current = fresh.clone();
        }
    }
    Some(current)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_patched_query_equals_a_fresh_read(
        steps in prop::collection::vec(any::<(u8, u8, u8)>(), 1..60),
        read in any::<prop::sample::Index>(),
        cursor in any::<prop::sample::Index>(),
        repeats in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let history = simulate(&steps);
        let read = read.index(history.reads.len());
        // The cursor is taken before the fetch, so the messages begin there or earlier.
        let delivered_at_read = history.messages.iter().filter(|(step, _)| *step <= read).count();
        let after_cursor = &history.messages[cursor.index(delivered_at_read + 1)..];

        // Messages are delivered at least once; the positions detect repeats.
        let mut delivered = Vec::new();
        for (index, message) in after_cursor.iter().enumerate() {
            delivered.push(message);
            let again = repeats.iter().filter(|repeat| repeat.index(after_cursor.len()) == index);
            delivered.extend(again.map(|repeat| &after_cursor[repeat.index(index + 1)]));
        }
        let mut applied = AppliedPositions::default();
        delivered.retain(|(_, message)| applied.advance(message));

        let end = history.reads.last().expect("the world is read before the first step");
        let messages = || delivered.iter().copied();
        let me = patched(&history, read, messages(), |at| Some(&at.me));
        prop_assert_eq!(me.as_ref(), Some(&end.me));
        let menu = patched(&history, read, messages(), |at| Some(&at.menu));
        prop_assert_eq!(menu.as_ref(), Some(&end.menu));
        let mine = patched(&history, read, messages(), |at| Some(&at.mine));
        prop_assert_eq!(mine.as_ref(), Some(&end.mine));
        // These are shown only to members and admins; their values for others don't matter.
        let members = patched(&history, read, messages(), |at| at.members.as_ref());
        if members.is_some() && end.members.is_some() {
            prop_assert_eq!(members, end.members.clone());
        }
        let pending = patched(&history, read, messages(), |at| at.pending.as_ref());
        if pending.is_some() && end.pending.is_some() {
            prop_assert_eq!(pending, end.pending.clone());
        }
        if let Some(detail) = patched(&history, read, messages(), |at| at.detail.as_ref()) {
            match &end.detail {
                Some(end) => prop_assert_eq!(&detail, end),
                None => prop_assert!(detail.access_loss.is_some()),
            }
        }
    }
}
