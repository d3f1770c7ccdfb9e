//! Writing a new note.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::HtmlElement;

use super::desk::Desk;
use super::editor::focus_first_field;
use crate::components::{Button, Draft, Field, Problems, Refusal, Show, Submission, TextArea};
use client::api;
use contract::note::{CreateNote, NoteView};
use contract::{ApiError, NoteBody, NoteTitle};

/// A note that is being written. What was typed stays when the form is closed.
#[derive(Clone, Copy, Debug)]
pub struct Writing {
    open: RwSignal<bool>,
    title: Draft,
    body: Draft,
    submission: Submission,
}

impl Writing {
    /// Nothing was typed yet.
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            title: Draft::following(String::new()),
            body: Draft::following(String::new()),
            submission: Submission::new(),
        }
    }

    /// Shows the form.
    pub fn begin(self) {
        self.open.set(true);
    }

    /// Whether the form is there. Tracked.
    pub fn is_open(self) -> bool {
        self.open.get()
    }
}

/// The form.
#[component]
pub fn NewNote(writing: Writing, desk: Desk) -> impl IntoView {
    view! {
        <Show when=move || writing.is_open()>
            <Form writing desk />
        </Show>
    }
    .into_any()
}

#[component]
fn Form(writing: Writing, desk: Desk) -> impl IntoView {
    let Writing { open, title, body, submission } = writing;
    let close = move |()| {
        open.set(false);
        focus_list();
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (typed_title, typed_body) = (title.text_untracked(), body.text_untracked());
        let request = async move {
            let note = read(&typed_title, &typed_body)?;
            api::resources::create::<NoteView>(desk.visit.organization_id()?, &note).await
        };
        submission.send(request, move |created| {
            desk.notes.merge_response(&created);
            title.forget();
            body.forget();
            close(());
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
            <Refusal submission />
            <Field
                id="new-note-title"
                label="Title"
                name="title"
                draft=title
                problem=submission.field("title")
            />
            <TextArea
                id="new-note-body"
                label="Text"
                name="body"
                draft=body
                problem=submission.field("body")
            />
            <div class="buttons">
                <button
                    type="submit"
                    class="button button--primary"
                    disabled=submission.pending()
                >
                    "Add note"
                </button>
                <Button press=close>"Cancel"</Button>
            </div>
        </form>
    }
    .into_any()
}

/// Whoever leaves the form goes on where the list begins.
fn focus_list() {
    let heading = document().get_element_by_id("notes");
    if let Some(heading) = heading.as_ref().and_then(|it| it.dyn_ref::<HtmlElement>()) {
        // It only fails for what can't have the focus.
        drop(heading.focus());
    }
}

/// From what was typed to a request.
///
/// # Errors
/// When the texts can't be a note's.
pub fn read(title: &str, body: &str) -> Result<CreateNote, ApiError> {
    let mut problems = Problems::default();
    let title = problems.read("title", NoteTitle::parse(title));
    let body = problems.read("body", NoteBody::parse(body));
    match (title, body) {
        (Some(title), Some(body)) => Ok(CreateNote { title, body: Some(body) }),
        _ => Err(problems.into_error()),
    }
}
