//! The choice between two versions of a note that was edited by two people at once.

use leptos::html;
use leptos::prelude::*;

use super::edit::NoteEdit;
use crate::components::{Button, ButtonVariant};
use contract::note::NoteView;

/// Shows the own version beside the saved one. `close` ends editing; `keep_editing` returns to the form
/// without choosing.
#[component]
pub fn Conflict(edit: NoteEdit, close: Callback<()>, keep_editing: Callback<()>) -> impl IntoView {
    let NoteEdit { title, body, now, .. } = edit;
    let theirs = move |read: fn(&NoteView) -> String| {
        Signal::derive(move || now.with(|now| now.as_ref().map(read)).unwrap_or_default())
    };
    let keep_mine = move |()| {
        edit.rebase();
        edit.save(move || close.run(()));
    };
    let choice = NodeRef::<html::Section>::new();
    choice.on_load(|choice| {
        // It only fails for an element that can't be focused.
        drop(choice.focus());
    });
    view! {
        <section class="conflict" aria-label="Choose a version" tabindex="-1" node_ref=choice>
            <Version
                label="Your version"
                title=Signal::derive(move || title.get())
                body=Signal::derive(move || body.get())
            >
                <Button variant=ButtonVariant::Primary press=keep_mine>
                    "Keep mine"
                </Button>
            </Version>
            <Version
                label="Their version"
                title=theirs(|note| note.title.to_string())
                body=theirs(|note| note.body.as_str().to_owned())
            >
                <Button press=close>"Use theirs"</Button>
            </Version>
            <Button variant=ButtonVariant::Quiet press=keep_editing>
                "Keep editing"
            </Button>
        </section>
    }
    .into_any()
}

#[component]
fn Version(
    label: &'static str,
    title: Signal<String>,
    body: Signal<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <article class="conflict__version" aria-label=label>
            <p class="text-subtle">{label}</p>
            <h4>{title}</h4>
            <p class="note__body">{body}</p>
            {children()}
        </article>
    }
    .into_any()
}
