//! What is being done with the notes on this page.

use std::cmp::Reverse;
use std::collections::HashMap;

use leptos::prelude::*;

use crate::components::Highlights;
use crate::pages::organization::deletion::Deletion;
use crate::pages::organization::resource_list::holdings;
use crate::pages::organization::visit::Visit;
use client::cache::{LiveQuery, ResourceList, ssr_memo};
use contract::NoteId;
use contract::note::NoteView;

/// The notes, and what this person does with them.
#[derive(Clone, Copy)]
pub struct Desk {
    /// What is there.
    pub notes: LiveQuery<ResourceList<NoteView>>,
    /// Where.
    pub visit: Visit,
    /// What somebody else just changed.
    pub marks: Highlights,
    /// Which one is to be deleted.
    pub deletion: Deletion<NoteView>,
    /// Those that are being edited, as they were when that began: one that somebody else deletes
    /// meanwhile stays, so that nothing typed is lost.
    kept: RwSignal<HashMap<NoteId, NoteView>>,
}

impl Desk {
    /// Nothing is done yet.
    pub fn new(visit: Visit) -> Self {
        let (notes, marks) = holdings(visit);
        Self { notes, visit, marks, deletion: Deletion::of(notes), kept: RwSignal::default() }
    }

    /// What the list shows: the notes, and those that are gone while they are edited. Tracked.
    pub fn items(self) -> Vec<NoteView> {
        let notes = self.notes.map(|notes| notes.items.clone()).unwrap_or_default();
        self.kept.with(|kept| with_kept(notes, kept))
    }

    /// A note as it is now; `None` once it is deleted.
    pub fn now(self, id: NoteId) -> Signal<Option<NoteView>> {
        ssr_memo(move |_| self.notes.map(|notes| notes.find(id).cloned()).flatten())
    }

    /// Keeps the note in the list while it is edited.
    pub fn keep(self, note: NoteView) {
        self.kept.update(|kept| drop(kept.insert(note.id, note)));
    }

    /// It isn't edited any more.
    pub fn release(self, id: NoteId) {
        self.kept.update(|kept| drop(kept.remove(&id)));
    }
}

fn with_kept(mut notes: Vec<NoteView>, kept: &HashMap<NoteId, NoteView>) -> Vec<NoteView> {
    let gone = kept.values().filter(|kept| notes.iter().all(|note| note.id != kept.id));
    let gone: Vec<_> = gone.cloned().collect();
    if !gone.is_empty() {
        notes.extend(gone);
        notes.sort_by_key(|note| Reverse(note.id));
    }
    notes
}
