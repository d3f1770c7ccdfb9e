//! Editing a note while others may edit or delete it.
//!
//! An edit is based on a version of the note. If someone else changes another field, the edit is sent
//! on top of their version; if they change the same field to something else, the person chooses.

use leptos::prelude::*;

use super::draft::{has_changes, keep_changes};
use super::parse::parse_note;
use super::state::NotesState;
use crate::components::{FieldProblems, FieldValue, Submission};
use crate::drafts::Subject;
use client::api;
use contract::note::{NoteView, UpdateNote};
use contract::{ApiError, NoteBody, NoteTitle};

/// A note that is being edited. A field that wasn't edited here shows what others save.
#[derive(Clone, Copy)]
pub struct NoteEdit {
    /// The title field.
    pub title: FieldValue,
    /// The text field.
    pub body: FieldValue,
    /// The note as it is now; `None` once it is deleted.
    pub now: Signal<Option<NoteView>>,
    /// The request to save it.
    pub submission: Submission,
    /// Whether the choice between two versions is shown.
    pub choosing: RwSignal<bool>,
    /// The version that the edit is based on.
    base: RwSignal<NoteView>,
    state: NotesState,
}

impl NoteEdit {
    /// Starts editing, where a draft left off if there is one.
    pub fn new(note: NoteView, state: NotesState) -> Self {
        let (now, base) = (state.note(note.id), RwSignal::new(note));
        let shown = move |read: fn(&NoteView) -> String| {
            Signal::derive(move || {
                now.with(|now| now.as_ref().map(read)).unwrap_or_else(|| base.with(read))
            })
        };
        let title = FieldValue::new(shown(|note| note.title.to_string()));
        let body = FieldValue::new(shown(|note| note.body.as_str().to_owned()));
        if let Some(drafts) = state.context.drafts() {
            keep_changes(drafts, base, title, body);
        }
        Self {
            title,
            body,
            now,
            submission: Submission::new(),
            choosing: RwSignal::new(false),
            base,
            state,
        }
    }

    /// Whether someone else saved something different in an edited field. Tracked.
    pub fn has_conflict(self) -> bool {
        let (title, body) = (self.title.edited(), self.body.edited());
        self.base.with(|base| {
            self.now.with(|now| {
                now.as_ref()
                    .is_some_and(|now| conflicts(base, now, title.as_deref(), body.as_deref()))
            })
        })
    }

    /// Whether there is something to lose. Untracked.
    pub fn has_changes(self) -> bool {
        untrack(move || self.base.with(|base| has_changes(self.title, self.body, Some(base))))
    }

    /// Forgets the edit.
    pub fn discard(self) {
        self.title.reset();
        self.body.reset();
        if let Some(drafts) = self.state.context.drafts() {
            drafts.remove(Subject::Note(self.base.with_untracked(|base| base.id)));
        }
    }

    /// Bases the edit on the current version, which it then overwrites.
    pub fn rebase(self) {
        if let Some(now) = self.now.get_untracked() {
            self.base.set(now);
        }
        self.choosing.set(false);
    }

    /// Saves the edit, or shows the choice of versions if there is a conflict. `saved` is called after
    /// the server accepted it.
    pub fn save(self, saved: impl FnOnce() + 'static) {
        if untrack(move || self.has_conflict()) {
            self.choosing.set(true);
            return;
        }
        self.submission.send(self.update(), move |()| saved());
    }

    /// Sends the edit. If the server has a newer version, the edit is sent again on top of that one,
    /// unless they conflict.
    async fn update(self) -> Result<(), ApiError> {
        let changes = self.changes()?;
        loop {
            let note = self.now.get_untracked().unwrap_or_else(|| self.base.get_untracked());
            let error = match api::resources::update(note.id, note.version, &changes).await {
                Ok(updated) => {
                    self.state.notes.merge_response(&updated);
                    return Ok(());
                }
                Err(error) => error,
            };
            let newer =
                error.current_version().filter(|newer: &NoteView| newer.version > note.version);
            let Some(newer) = newer else { return Err(error) };
            self.state.notes.merge_response(&newer);
            if untrack(move || self.has_conflict()) {
                self.choosing.set(true);
                return Err(error);
            }
        }
    }

    fn changes(self) -> Result<UpdateNote, ApiError> {
        let mut problems = FieldProblems::default();
        let title = self.title.edited_untracked();
        let title = title.map(|text| problems.read("title", NoteTitle::parse(&text)));
        let body = self.body.edited_untracked();
        let body = body.map(|text| problems.read("body", NoteBody::parse(&text)));
        let is_invalid = matches!(title, Some(None)) || matches!(body, Some(None));
        if is_invalid {
            return Err(problems.into_error());
        }
        Ok(UpdateNote { title: title.flatten(), body: body.flatten() })
    }

    /// Saves the edit as a new note, after the note was deleted.
    pub fn save_as_new(self, saved: impl FnOnce() + 'static) {
        let (title, body) = (self.title.get_untracked(), self.body.get_untracked());
        let state = self.state;
        let request = async move {
            let note = parse_note(&title, &body)?;
            api::resources::create(state.context.organization_id()?, &note).await
        };
        self.submission.send(request, move |created| {
            state.notes.merge_response(&created);
            saved();
        });
    }
}

/// Whether an edited field (`title`, `body`) differs between `base` and `now`, and from the edit.
fn conflicts(base: &NoteView, now: &NoteView, title: Option<&str>, body: Option<&str>) -> bool {
    let differs = |edited: Option<&str>, base: &str, now: &str| {
        edited.is_some_and(|edited| base != now && edited != now)
    };
    differs(title, base.title.as_str(), now.title.as_str())
        || differs(body, base.body.as_str(), now.body.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn note(title: &str, body: &str) -> NoteView {
        serde_json::from_value(json!({
            "id": "00000000-0000-7000-8000-000000000001",
            "organizationId": "00000000-0000-7000-8000-00000000000a",
            "title": title,
            "body": body,
            "version": 1,
            "createdAt": "2026-11-24T08:00:00Z",
            "updatedAt": "2026-11-24T08:00:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn edits_conflict_only_in_a_field_that_both_changed() {
        let (base, now) = (note("Plan", "One"), note("Plan", "Two"));
        assert!(conflicts(&base, &now, None, Some("Three")));
        assert!(conflicts(&base, &now, Some("The plan"), Some("Three")));
        assert!(!conflicts(&base, &now, Some("The plan"), None));
        assert!(!conflicts(&base, &base, Some("The plan"), Some("Three")));
    }

    #[test]
    fn equal_changes_do_not_conflict() {
        let (base, now) = (note("Plan", "One"), note("Plan", "Two"));
        assert!(!conflicts(&base, &now, None, Some("Two")));
    }
}
