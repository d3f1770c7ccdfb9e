//! A note while it is edited: what was typed, and what others make of the note meanwhile.

use leptos::prelude::*;

use super::desk::Desk;
use crate::components::{Draft, Problems, Submission};
use client::api;
use contract::note::{NoteView, UpdateNote};
use contract::{ApiError, NoteBody, NoteTitle};

/// A note that is being edited. A field that nobody typed into follows what others change.
#[derive(Clone, Copy)]
pub struct NoteDraft {
    /// What it is to be called.
    pub title: Draft,
    /// What it is to say.
    pub body: Draft,
    /// The note as it is now; `None` once it is deleted.
    pub now: Signal<Option<NoteView>>,
    /// The request to save it.
    pub submission: Submission,
    /// Whether one of two versions is to be chosen.
    pub choosing: RwSignal<bool>,
    /// The note that what was typed builds on.
    base: RwSignal<NoteView>,
    desk: Desk,
}

impl NoteDraft {
    /// Nothing was typed yet.
    pub fn of(note: NoteView, desk: Desk) -> Self {
        let (now, base) = (desk.now(note.id), RwSignal::new(note));
        let shown = move |look: fn(&NoteView) -> String| {
            Signal::derive(move || {
                now.with(|now| now.as_ref().map(look)).unwrap_or_else(|| base.with(look))
            })
        };
        Self {
            title: Draft::following(shown(|note| note.title.to_string())),
            body: Draft::following(shown(|note| note.body.as_str().to_owned())),
            now,
            submission: Submission::new(),
            choosing: RwSignal::new(false),
            base,
            desk,
        }
    }

    /// Whether somebody else changed what was typed into. Tracked.
    pub fn collides(self) -> bool {
        let (title, body) = (self.title.typed(), self.body.typed());
        self.base.with(|base| {
            self.now.with(|now| {
                now.as_ref()
                    .is_some_and(|now| collides(base, now, title.as_deref(), body.as_deref()))
            })
        })
    }

    /// Builds on what is there now: what was typed is to replace it.
    pub fn rebase(self) {
        if let Some(now) = self.now.get_untracked() {
            self.base.set(now);
        }
        self.choosing.set(false);
    }

    /// Saves what was typed; asks for a choice where somebody else changed the same.
    pub fn save(self, saved: impl FnOnce() + 'static) {
        if untrack(move || self.collides()) {
            self.choosing.set(true);
            return;
        }
        self.submission.send(self.update(), move |()| saved());
    }

    /// What somebody else changed beside what was typed is no reason to refuse: the same change is
    /// made to their version.
    async fn update(self) -> Result<(), ApiError> {
        let changes = self.changes()?;
        loop {
            let note = self.now.get_untracked().unwrap_or_else(|| self.base.get_untracked());
            let error = match api::resources::update(note.id, note.version, &changes).await {
                Ok(updated) => {
                    self.desk.notes.merge_response(&updated);
                    return Ok(());
                }
                Err(error) => error,
            };
            let newer = error.newer().filter(|newer: &NoteView| newer.version > note.version);
            let Some(newer) = newer else { return Err(error) };
            self.desk.notes.merge_response(&newer);
            if untrack(move || self.collides()) {
                self.choosing.set(true);
                return Err(error);
            }
        }
    }

    fn changes(self) -> Result<UpdateNote, ApiError> {
        let mut problems = Problems::default();
        let title = self.title.typed_untracked();
        let title = title.map(|text| problems.read("title", NoteTitle::parse(&text)));
        let body = self.body.typed_untracked();
        let body = body.map(|text| problems.read("body", NoteBody::parse(&text)));
        let unfit = matches!(title, Some(None)) || matches!(body, Some(None));
        if unfit {
            return Err(problems.into_error());
        }
        Ok(UpdateNote { title: title.flatten(), body: body.flatten() })
    }

    /// Writes what was typed as a note of its own, in the place of one that is gone.
    pub fn save_anew(self, saved: impl FnOnce() + 'static) {
        let (title, body) = (self.title.text_untracked(), self.body.text_untracked());
        let desk = self.desk;
        let request = async move {
            let note = super::new_note::read(&title, &body)?;
            api::resources::create(desk.visit.organization_id()?, &note).await
        };
        self.submission.send(request, move |created| {
            desk.notes.merge_response(&created);
            saved();
        });
    }
}

/// Whether `now` says something else than `base` where something was typed, and not that.
fn collides(base: &NoteView, now: &NoteView, title: Option<&str>, body: Option<&str>) -> bool {
    let differs = |typed: Option<&str>, base: &str, now: &str| {
        typed.is_some_and(|typed| base != now && typed != now)
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
    fn only_a_field_that_both_changed_collides() {
        let (base, now) = (note("Plan", "One"), note("Plan", "Two"));
        assert!(collides(&base, &now, None, Some("Three")));
        assert!(collides(&base, &now, Some("The plan"), Some("Three")));
        assert!(!collides(&base, &now, Some("The plan"), None));
        assert!(!collides(&base, &base, Some("The plan"), Some("Three")));
    }

    #[test]
    fn two_who_make_the_same_change_do_not_collide() {
        let (base, now) = (note("Plan", "One"), note("Plan", "Two"));
        assert!(!collides(&base, &now, None, Some("Two")));
    }
}
