//! The unsaved text of a note's form.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::components::FieldValue;
use crate::drafts::{Drafts, Subject};
use client::effect::effect;
use contract::note::NoteView;

/// Changes of a note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteDraft {
    /// The version that the changes are based on.
    pub base: NoteView,
    #[serde(flatten)]
    text: DraftText,
}

/// The edited fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftText {
    title: Option<String>,
    body: Option<String>,
}

impl DraftText {
    /// Returns the fields that differ from a text. Tracked.
    fn from_fields(title: FieldValue, body: FieldValue, saved: [&str; 2]) -> Self {
        let [saved_title, saved_body] = saved;
        Self {
            title: title.edited().filter(|title| title != saved_title),
            body: body.edited().filter(|body| body != saved_body),
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn show(self, title: FieldValue, body: FieldValue) {
        if let Some(text) = self.title {
            title.set(text);
        }
        if let Some(text) = self.body {
            body.set(text);
        }
    }
}

/// Whether a form has text that isn't saved. Tracked.
#[must_use]
pub fn has_changes(title: FieldValue, body: FieldValue, saved: Option<&NoteView>) -> bool {
    let saved = saved.map_or([""; 2], |note| [note.title.as_str(), note.body.as_str()]);
    !DraftText::from_fields(title, body, saved).is_empty()
}

/// Shows the draft of a note, on top of the version that it is based on, and keeps what is edited from
/// now on.
pub fn keep_changes(drafts: Drafts, base: RwSignal<NoteView>, title: FieldValue, body: FieldValue) {
    let subject = Subject::Note(base.with_untracked(|base| base.id));
    if let Some(draft) = drafts.load::<NoteDraft>(subject) {
        base.set(draft.base);
        draft.text.show(title, body);
    }
    effect(move || {
        let base = base.get();
        let saved = [base.title.as_str(), base.body.as_str()];
        let text = DraftText::from_fields(title, body, saved);
        if text.is_empty() {
            drafts.remove(subject);
        } else {
            drafts.store(subject, &NoteDraft { base, text });
        }
    });
}

/// Shows the draft of a new note, and keeps what is written from now on. Returns whether there is one.
pub fn keep_new_note(drafts: Drafts, title: FieldValue, body: FieldValue) -> bool {
    let draft = drafts.load::<DraftText>(Subject::NewNote);
    let exists = draft.is_some();
    if let Some(draft) = draft {
        draft.show(title, body);
    }
    effect(move || {
        let text = DraftText::from_fields(title, body, [""; 2]);
        if text.is_empty() {
            drafts.remove(Subject::NewNote);
        } else {
            drafts.store(Subject::NewNote, &text);
        }
    });
    exists
}
