//! Editing a note in its place.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::{HtmlElement, HtmlFormElement};

use super::conflict::Conflict;
use super::draft::NoteDraft;
use crate::components::{Button, Field, Refusal, Show, Submission, TextArea};
use contract::NoteId;

/// The form of one note. `close` ends editing it.
#[component]
pub fn Editor(
    id: NoteId,
    /// The id of the form's heading.
    heading: String,
    draft: NoteDraft,
    close: Callback<()>,
) -> impl IntoView {
    let NoteDraft { title, body, now, submission, choosing, .. } = draft;
    let is_gone = Memo::new(move |_| now.with(Option::is_none));
    let changed_meanwhile = Memo::new(move |_| draft.collides());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if is_gone.get_untracked() {
            draft.save_anew(move || close.run(()));
        } else {
            draft.save(move || close.run(()));
        }
    };
    let form = NodeRef::<html::Form>::new();
    form.on_load(|form| focus_first_field(&form));
    let go_on = Callback::new(move |()| {
        choosing.set(false);
        if let Some(form) = form.get_untracked() {
            focus_first_field(&form);
        }
    });
    view! {
        <form class="note__form" novalidate on:submit=submit node_ref=form>
            <h3 id=heading class="unseen">
                {move || format!("Edit {}", title.text())}
            </h3>
            <Refusal submission />
            <p class="notice" role="status">
                {move || hint(is_gone.get(), changed_meanwhile.get() && !choosing.get())}
            </p>
            <Field
                id=format!("title-{id}")
                label="Title"
                name="title"
                draft=title
                problem=submission.field("title")
            />
            <TextArea
                id=format!("body-{id}")
                label="Text"
                name="body"
                draft=body
                problem=submission.field("body")
            />
            <Show
                when=move || choosing.get() && changed_meanwhile.get()
                fallback=move || view! { <Buttons submission is_gone close /> }
            >
                <Conflict draft close go_on />
            </Show>
        </form>
    }
    .into_any()
}

#[component]
fn Buttons(submission: Submission, is_gone: Memo<bool>, close: Callback<()>) -> impl IntoView {
    view! {
        <div class="buttons">
            <button type="submit" class="button button--primary" disabled=submission.pending()>
                {move || if is_gone.get() { "Save as new note" } else { "Save" }}
            </button>
            <Button press=close>"Cancel"</Button>
        </div>
    }
    .into_any()
}

const fn hint(is_gone: bool, changed_meanwhile: bool) -> Option<&'static str> {
    match (is_gone, changed_meanwhile) {
        (true, _) => Some(
            "Someone deleted this note. Your text is still here. Save it as a new note to keep it.",
        ),
        (_, true) => {
            Some("Someone edited this note. When you save, you choose between both versions.")
        }
        _ => None,
    }
}

/// Whoever opens the form wants to type. It only fails for a form without fields.
pub fn focus_first_field(form: &HtmlFormElement) {
    if let Ok(Some(field)) = form.query_selector("input")
        && let Some(field) = field.dyn_ref::<HtmlElement>()
    {
        drop(field.focus());
    }
}
