//! The form to write a new note.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::HtmlElement;

use super::discard_question::DiscardQuestion;
use super::draft::{has_changes, keep_new_note};
use super::parse::parse_note;
use super::state::NotesState;
use crate::components::{
    Button, Field, FieldValue, FormError, Show, Submission, TextArea, focus_first_field,
};
use client::api;
use contract::note::NoteView;

/// The state of the form.
#[derive(Clone, Copy, Debug)]
pub struct NewNoteState {
    is_open: RwSignal<bool>,
    title: FieldValue,
    body: FieldValue,
    submission: Submission,
}

impl NewNoteState {
    /// Creates the state of a closed, empty form.
    pub fn new() -> Self {
        Self {
            is_open: RwSignal::new(false),
            title: FieldValue::new(String::new()),
            body: FieldValue::new(String::new()),
            submission: Submission::new(),
        }
    }

    /// Shows the draft of the last time, if there is one, and keeps what is written from now on.
    pub fn restore_draft(self, state: NotesState) {
        let drafts = state.context.drafts();
        if drafts.is_some_and(|drafts| keep_new_note(drafts, self.title, self.body)) {
            self.is_open.set(true);
        }
    }

    /// Opens the form.
    pub fn open(self) {
        self.is_open.set(true);
    }

    /// Whether the form is open. Tracked.
    pub fn is_open(self) -> bool {
        self.is_open.get()
    }
}

/// The form while it is open.
#[component]
pub fn NewNoteForm(new_note: NewNoteState, state: NotesState) -> impl IntoView {
    view! {
        <Show when=move || new_note.is_open()>
            <Form new_note state />
        </Show>
    }
    .into_any()
}

#[component]
fn Form(new_note: NewNoteState, state: NotesState) -> impl IntoView {
    let NewNoteState { is_open, title, body, submission } = new_note;
    let close = move |()| {
        is_open.set(false);
        focus_list();
    };
    let discard = Callback::new(move |()| {
        title.reset();
        body.reset();
        submission.clear();
        close(());
    });
    let asking = RwSignal::new(false);
    let cancel = Callback::new(move |()| {
        let has_changes = untrack(move || has_changes(title, body, None));
        if has_changes { asking.set(true) } else { discard.run(()) }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (title_text, body_text) = (title.get_untracked(), body.get_untracked());
        let request = async move {
            let note = parse_note(&title_text, &body_text)?;
            api::resources::create::<NoteView>(state.context.organization_id()?, &note).await
        };
        submission.send(request, move |created| {
            state.notes.merge_response(&created);
            discard.run(());
        });
    };
    let form = NodeRef::<html::Form>::new();
    form.on_load(|form| focus_first_field(&form));
    view! {
        <form
            class="note note__form"
            aria-label="New note"
            novalidate
            on:submit=submit
            node_ref=form
        >
            <FormError submission />
            <Field
                id="new-note-title"
                label="Title"
                name="title"
                value=title
                problem=submission.field("title")
            />
            <TextArea
                id="new-note-body"
                label="Text"
                name="body"
                value=body
                problem=submission.field("body")
            />
            <DiscardQuestion asking discard>
                <div class="buttons">
                    <button
                        type="submit"
                        class="button button--primary"
                        disabled=submission.pending()
                    >
                        {submission.button_text("Add note", "Saving…")}
                    </button>
                    <Button press=cancel>"Cancel"</Button>
                </div>
            </DiscardQuestion>
        </form>
    }
    .into_any()
}

/// Focuses the heading of the list, after the form with the focus was removed.
fn focus_list() {
    let heading = document().get_element_by_id("notes");
    if let Some(heading) = heading.as_ref().and_then(|it| it.dyn_ref::<HtmlElement>()) {
        // It only fails for an element that can't be focused.
        drop(heading.focus());
    }
}
