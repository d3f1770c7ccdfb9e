//! One note of the list.

use crate::components::{Button, Look, Moment, Show};
use client::cache::ssr_memo;
use leptos::html;
use leptos::prelude::*;

use super::desk::Desk;
use super::draft::NoteDraft;
use super::editor::Editor;
use contract::NoteId;
use contract::note::NoteView;

/// A note. It is made once and changes in place, from reading to editing and back.
#[component]
pub fn Card(note: NoteView, desk: Desk) -> impl IntoView {
    let id = note.id;
    // As it was when editing began.
    let editing = RwSignal::new(None::<NoteView>);
    let returning = StoredValue::new(false);
    let note = desk.notes.item_signal(note);
    let edit = move |()| {
        let note = note.get_untracked();
        desk.keep(note.clone());
        editing.set(Some(note));
    };
    let close = Callback::new(move |()| {
        returning.set_value(true);
        editing.set(None);
        desk.release(id);
    });
    let class = move || {
        if desk.marks.is_marked(id) { "note news" } else { "note" }
    };
    view! {
        <li class=class>
            <article aria-labelledby=heading_id(id)>
                {move || match editing.get() {
                    Some(note) => {
                        let draft = NoteDraft::of(note, desk);
                        view! { <Editor id heading=heading_id(id) draft close /> }.into_any()
                    }
                    None => view! { <Reading note desk edit returning /> }.into_any(),
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
    desk: Desk,
    #[prop(into)] edit: Callback<()>,
    /// Whether the form was just left: whoever did that goes on from its button.
    returning: StoredValue<bool>,
) -> impl IntoView {
    let id = note.with_untracked(|note| note.id);
    let author = note.with_untracked(|note| note.author.as_ref().map(|author| author.id));
    let may_delete = desk.visit.may_delete(author);
    let title = Signal::derive(move || note.with(|note| note.title.to_string()));
    let body = move || note.with(|note| note.body.as_str().to_owned());
    let button = NodeRef::<html::Button>::new();
    button.on_load(move |button| {
        if returning.get_value() {
            returning.set_value(false);
            // It only fails for a button that can't have the focus.
            drop(button.focus());
        }
    });
    view! {
        <h3 id=heading_id(id) class="note__title">
            {title}
        </h3>
        <p class="note__body">{body}</p>
        <div class="note__foot">
            <Byline note />
            <div class="buttons">
                <button
                    type="button"
                    class=Look::Quiet.class()
                    aria-label=move || format!("Edit {}", title.get())
                    node_ref=button
                    on:click=move |_| edit.run(())
                >
                    "Edit"
                </button>
                <Show when=may_delete>
                    <Button
                        look=Look::QuietDanger
                        label=Signal::derive(move || format!("Delete {}", title.get()))
                        press=move |()| desk.deletion.ask(note.get_untracked())
                    >
                        "Delete"
                    </Button>
                </Show>
            </div>
        </div>
    }
    .into_any()
}

/// Who wrote it and when, and when it was last changed since.
#[component]
fn Byline(note: Signal<NoteView>) -> impl IntoView {
    let author = move || {
        note.with(|note| {
            note.author.as_ref().map_or("Deleted user".to_owned(), |it| it.name.to_string())
        })
    };
    let created = note.with_untracked(|note| note.created_at);
    let edited = ssr_memo(move |_| note.with(|note| note.updated_at));
    view! {
        <span class="faint">
            {author} " · " <Moment at=created />
            <Show when=move || edited.get() != created>" · Edited " <Moment at=edited /></Show>
        </span>
    }
    .into_any()
}
