//! One note of the list.

use leptos::html;
use leptos::prelude::*;

use super::draft::NoteDraft;
use super::edit::NoteEdit;
use super::edit_form::EditForm;
use super::state::NotesState;
use crate::components::{Button, ButtonVariant, Show, TimeText};
use crate::drafts::Subject;
use client::cache::memo;
use client::effect::effect;
use contract::NoteId;
use contract::note::NoteView;

/// A note. It is created once and updates in place, between reading and editing.
#[component]
pub fn Card(note: NoteView, state: NotesState) -> impl IntoView {
    let id = note.id;
    // The note as it was when editing started.
    let editing = RwSignal::new(None::<NoteView>);
    let was_editing = StoredValue::new(false);
    let note = state.notes.item_signal(note);
    let edit = move |()| {
        let note = note.get_untracked();
        state.retain_while_edited(note.clone());
        editing.set(Some(note));
    };
    effect(move || {
        let drafts = state.context.drafts();
        let draft = drafts.and_then(|drafts| drafts.load::<NoteDraft>(Subject::Note(id)));
        if let Some(draft) = draft {
            state.retain_while_edited(draft.base.clone());
            editing.set(Some(draft.base));
        }
    });
    let close = Callback::new(move |()| {
        was_editing.set_value(true);
        editing.set(None);
        state.release(id);
    });
    let class = move || {
        if state.highlights.is_highlighted(id) { "note highlight" } else { "note" }
    };
    view! {
        <li class=class>
            <article aria-labelledby=heading_id(id)>
                {move || match editing.get() {
                    Some(note) => {
                        let edit = NoteEdit::new(note, state);
                        view! { <EditForm id heading=heading_id(id) edit close /> }.into_any()
                    }
                    None => view! { <Reading note state edit was_editing /> }.into_any(),
                }}
            </article>
        </li>
    }
    .into_any()
}

fn heading_id(id: NoteId) -> String {
    format!("note-{id}")
}

#[component]
fn Reading(
    note: Signal<NoteView>,
    state: NotesState,
    #[prop(into)] edit: Callback<()>,
    /// Whether the form was just closed: the focus then goes to the edit button.
    was_editing: StoredValue<bool>,
) -> impl IntoView {
    let id = note.with_untracked(|note| note.id);
    let author = note.with_untracked(|note| note.author.as_ref().map(|author| author.id));
    let may_delete = state.context.may_delete(author);
    let title = Signal::derive(move || note.with(|note| note.title.to_string()));
    let body = move || note.with(|note| note.body.as_str().to_owned());
    let button = NodeRef::<html::Button>::new();
    button.on_load(move |button| {
        if was_editing.get_value() {
            was_editing.set_value(false);
            // It only fails for an element that can't be focused.
            drop(button.focus());
        }
    });
    view! {
        <h3 id=heading_id(id) class="note__title" translate="no">
            {title}
        </h3>
        <p class="note__body" translate="no">
            {body}
        </p>
        <div class="note__foot">
            <Byline note />
            <div class="buttons">
                <button
                    type="button"
                    class=ButtonVariant::Quiet.class()
                    aria-label=move || format!("Edit {}", title.get())
                    node_ref=button
                    on:click=move |_| edit.run(())
                >
                    "Edit"
                </button>
                <Show when=may_delete>
                    <Button
                        variant=ButtonVariant::QuietDanger
                        label=Signal::derive(move || format!("Delete {}", title.get()))
                        press=move |()| state.deletion.confirm(note.get_untracked())
                    >
                        "Delete"
                    </Button>
                </Show>
            </div>
        </div>
    }
    .into_any()
}

/// The author, when it was written, and when it was last edited.
#[component]
fn Byline(note: Signal<NoteView>) -> impl IntoView {
    let author = move || {
        note.with(|note| {
            note.author.as_ref().map_or("Deleted user".to_owned(), |it| it.name.to_string())
        })
    };
    let created = note.with_untracked(|note| note.created_at);
    let edited = memo(move |_| note.with(|note| note.updated_at));
    view! {
        <span class="text-subtle" translate="no">
            {author} " · " <TimeText at=created />
            <Show when=move || edited.get() != created>" · Edited " <TimeText at=edited /></Show>
        </span>
    }
    .into_any()
}
