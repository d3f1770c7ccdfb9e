//! Two versions of one note, and the choice between them.

use leptos::html;
use leptos::prelude::*;

use super::draft::NoteDraft;
use crate::components::{Button, Look};
use contract::note::NoteView;

/// Shows what was typed beside what somebody else saved. `close` ends editing the note, `go_on`
/// leaves the choice for later.
#[component]
pub fn Conflict(draft: NoteDraft, close: Callback<()>, go_on: Callback<()>) -> impl IntoView {
    let NoteDraft { title, body, now, .. } = draft;
    let theirs = move |look: fn(&NoteView) -> String| {
        Signal::derive(move || now.with(|now| now.as_ref().map(look)).unwrap_or_default())
    };
    let keep_mine = move |()| {
        draft.rebase();
        draft.save(move || close.run(()));
    };
    let choice = NodeRef::<html::Section>::new();
    choice.on_load(|choice| {
        // Whoever saved goes on here. It only fails for what can't have the focus.
        drop(choice.focus());
    });
    view! {
        <section class="conflict" aria-label="Choose a version" tabindex="-1" node_ref=choice>
            <Version
                label="Your version"
                title=Signal::derive(move || title.text())
                body=Signal::derive(move || body.text())
            >
                <Button look=Look::Primary press=keep_mine>
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
            <Button look=Look::Quiet press=go_on>
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
            <p class="faint">{label}</p>
            <h4>{title}</h4>
            <p class="note__body">{body}</p>
            {children()}
        </article>
    }
    .into_any()
}
