//! The state of the notes page that its components share.

use std::cmp::Reverse;
use std::collections::HashMap;

use leptos::prelude::*;

use super::draft::NoteDraft;
use crate::components::Highlights;
use crate::drafts::Subject;
use crate::pages::organization::context::OrganizationContext;
use crate::pages::organization::resource_deletion::ResourceDeletion;
use crate::pages::organization::resource_list::use_resource_list;
use client::cache::{LiveQuery, ResourceList, memo};
use contract::NoteId;
use contract::note::NoteView;

/// The notes of an organization and what the person does with them on this page.
#[derive(Clone, Copy)]
pub struct NotesState {
    /// The notes.
    pub notes: LiveQuery<ResourceList<NoteView>>,
    /// The organization.
    pub context: OrganizationContext,
    /// Notes that someone else just changed.
    pub highlights: Highlights,
    /// The dialog to delete a note.
    pub deletion: ResourceDeletion<NoteView>,
    /// The notes that are being edited, as they were when that started. One that someone else deletes
    /// stays in the list, so that the edit isn't lost.
    edited: RwSignal<HashMap<NoteId, NoteView>>,
}

impl NotesState {
    /// Returns the state when the page opens.
    pub fn new(context: OrganizationContext) -> Self {
        let (notes, highlights) = use_resource_list(context);
        Self {
            notes,
            context,
            highlights,
            deletion: ResourceDeletion::new(notes),
            edited: RwSignal::default(),
        }
    }

    /// Returns the notes to list: all notes, and deleted ones that are being edited. Tracked.
    pub fn items(self) -> Vec<NoteView> {
        let notes = self.notes.map(|notes| notes.items.clone()).unwrap_or_default();
        self.edited.with(|edited| with_edited(notes, edited))
    }

    /// Returns a note as it changes; `None` after it was deleted.
    pub fn note(self, id: NoteId) -> Signal<Option<NoteView>> {
        memo(move |_| self.notes.map(|notes| notes.find(id).cloned()).flatten())
    }

    /// Keeps the note in the list while it is edited.
    pub fn retain_while_edited(self, note: NoteView) {
        self.edited.update(|edited| drop(edited.insert(note.id, note)));
    }

    /// Lists the notes with a draft, also those that were deleted since it was written.
    pub fn restore_drafts(self) {
        let Some(drafts) = self.context.drafts() else { return };
        for id in drafts.notes() {
            if let Some(draft) = drafts.load::<NoteDraft>(Subject::Note(id)) {
                self.retain_while_edited(draft.base);
            }
        }
    }

    /// Ends editing that note.
    pub fn release(self, id: NoteId) {
        self.edited.update(|edited| drop(edited.remove(&id)));
    }
}

fn with_edited(mut notes: Vec<NoteView>, edited: &HashMap<NoteId, NoteView>) -> Vec<NoteView> {
    let is_deleted = |edited: &&NoteView| notes.iter().all(|note| note.id != edited.id);
    let deleted: Vec<_> = edited.values().filter(is_deleted).cloned().collect();
    if !deleted.is_empty() {
        notes.extend(deleted);
        notes.sort_by_key(|note| Reverse(note.id));
    }
    notes
}
