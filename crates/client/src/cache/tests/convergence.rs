//! Whatever happens, a query that was read at some moment and patched since equals one that is
//! read at the end. It may have been given messages from before its read, and some twice.

use proptest::prelude::*;

use super::world::{Snapshot, World};
use crate::cache::fixtures::READER;
use crate::cache::seen::Seen;
use crate::cache::{Patch, Patched};
use contract::StreamMessage;

/// What happened, as the reader's stream tells it, and what a read shows after each step.
struct History {
    /// With the number of the step that it tells of.
    messages: Vec<(usize, StreamMessage)>,
    reads: Vec<Snapshot>,
}

fn happen(steps: &[(u8, u8, u8)]) -> History {
    let mut world = World::new();
    let mut history = History { messages: Vec::new(), reads: vec![world.read()] };
    for (number, step) in steps.iter().enumerate() {
        let told = world.happen(*step);
        history.messages.extend(told.into_iter().map(|message| (number + 1, message)));
        history.reads.push(world.read());
    }
    history
}

/// The query read at step `read`, after hearing `messages` in that order. Whenever it asks for
/// another read it gets one, no older than the message.
fn follow<'a, T: Patch + Clone>(
    history: &History,
    read: usize,
    messages: impl Iterator<Item = &'a (usize, StreamMessage)>,
    query: impl Fn(&Snapshot) -> Option<&T>,
) -> Option<T> {
    let mut held = query(&history.reads[read])?.clone();
    for (step, message) in messages {
        if held.patch(message, READER) == Patched::Stale
            && let Some(fresh) = query(&history.reads[read.max(*step)])
        {
            held = fresh.clone();
        }
    }
    Some(held)
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
        let history = happen(&steps);
        let read = read.index(history.reads.len());
        // The cursor is taken before the read, so the messages begin there or earlier.
        let heard_at_read = history.messages.iter().filter(|(step, _)| *step <= read).count();
        let after_cursor = &history.messages[cursor.index(heard_at_read + 1)..];

        // Delivered at least once: some come again later, which the positions tell.
        let mut delivered = Vec::new();
        for (place, message) in after_cursor.iter().enumerate() {
            delivered.push(message);
            let again = repeats.iter().filter(|repeat| repeat.index(after_cursor.len()) == place);
            delivered.extend(again.map(|repeat| &after_cursor[repeat.index(place + 1)]));
        }
        let mut seen = Seen::default();
        delivered.retain(|(_, message)| seen.admits(message));

        let end = history.reads.last().expect("the world is read before the first step");
        let heard = || delivered.iter().copied();
        let me = follow(&history, read, heard(), |at| Some(&at.me));
        prop_assert_eq!(me.as_ref(), Some(&end.me));
        let menu = follow(&history, read, heard(), |at| Some(&at.menu));
        prop_assert_eq!(menu.as_ref(), Some(&end.menu));
        let mine = follow(&history, read, heard(), |at| Some(&at.mine));
        prop_assert_eq!(mine.as_ref(), Some(&end.mine));
        // These are shown only to members and admins; what they hold for others doesn't matter.
        let members = follow(&history, read, heard(), |at| at.members.as_ref());
        if members.is_some() && end.members.is_some() {
            prop_assert_eq!(members, end.members.clone());
        }
        let pending = follow(&history, read, heard(), |at| at.pending.as_ref());
        if pending.is_some() && end.pending.is_some() {
            prop_assert_eq!(pending, end.pending.clone());
        }
        if let Some(detail) = follow(&history, read, heard(), |at| at.detail.as_ref()) {
            match &end.detail {
                Some(end) => prop_assert_eq!(&detail, end),
                None => prop_assert!(detail.departure.is_some()),
            }
        }
    }
}
