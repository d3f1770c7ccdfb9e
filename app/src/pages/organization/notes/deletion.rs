//! Deleting a note. Asks first.

use leptos::prelude::*;

use super::desk::Desk;
use crate::api;
use crate::components::Confirmation;
use crate::contract::note::NoteView;

/// The question.
#[component]
pub fn DeletionDialog(desk: Desk) -> impl IntoView {
    let Desk { notes, whose, deleting, deletion, .. } = desk;
    let title = move || {
        whose.with(|whose| whose.as_ref().map(|note| note.title.to_string())).unwrap_or_default()
    };
    let confirm = move |()| {
        let Some(asked) = whose.get_untracked() else { return };
        let id = asked.id;
        // What is on the screen now is what is meant.
        let seen = notes.map_untracked(|notes| notes.find(id).cloned()).flatten();
        let version = seen.map_or(asked.version, |seen| seen.version);
        let request = async move {
            let answer = api::held::delete::<NoteView>(id, version).await;
            if let Err(problem) = &answer
                && let Some(newer) = problem.newer()
            {
                notes.take_in(&newer);
            }
            answer
        };
        deletion.send(request, move |()| {
            deleting.set(false);
            notes.drop_item(id);
        });
    };
    view! {
        <Confirmation
            id="delete-note"
            open=deleting
            question=Signal::derive(move || format!("Delete {}?", title()))
            consequence="It is gone for everybody, and can't be brought back."
            go_on="Delete note"
            submission=deletion
            confirm
        />
    }
    .into_any()
}
