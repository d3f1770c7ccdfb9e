//! Marks what others change.

use super::desk::Desk;
use crate::api;
use crate::contract::{Action, Entity, StreamMessage};

/// Marks the note that a message is about, and says what became of it; what this tab did itself is
/// no news. To be called before the message is applied.
pub fn mark(desk: Desk, message: &StreamMessage) {
    let Entity::Note(note) = &message.entity else { return };
    if message.mutation_id.is_some_and(api::is_own) {
        return;
    }
    let held = desk
        .notes
        .map_untracked(|notes| (notes.organization_id, notes.find(message.subject_id).cloned()));
    let Some((organization, held)) = held else { return };
    let is_known = match (note, &held) {
        (Some(told), Some(held)) => told.version <= held.version,
        (None, None) => true,
        _ => false,
    };
    if message.organization_id != Some(organization) || is_known {
        return;
    }
    if let Some(note) = note {
        desk.marks.mark(note.id.uuid());
    }
    if let Some(note) = note.as_ref().or(held.as_ref()) {
        let what = match message.action {
            Action::Created => "is new",
            Action::Updated => "was changed",
            Action::Deleted => "was deleted",
        };
        desk.marks.tell(format!("{} {what}.", note.title));
    }
}
