//! The form to edit a note in place.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use super::conflict::Conflict;
use super::discard_question::DiscardQuestion;
use super::edit::NoteEdit;
use crate::components::{Button, Field, FormError, Show, Submission, TextArea, focus_first_field};
use contract::NoteId;

/// The form. `close` ends editing.
#[component]
pub fn EditForm(
    id: NoteId,
    /// The id of the form's heading.
    heading: String,
    edit: NoteEdit,
    close: Callback<()>,
) -> impl IntoView {
    let NoteEdit { title, body, now, submission, choosing, .. } = edit;
    let is_deleted = Memo::new(move |_| now.with(Option::is_none));
    let has_conflict = Memo::new(move |_| edit.has_conflict());
    let done = Callback::new(move |()| {
        edit.discard();
        close.run(());
    });
    let asking = RwSignal::new(false);
    let cancel =
        Callback::new(move |()| if edit.has_changes() { asking.set(true) } else { close.run(()) });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if is_deleted.get_untracked() {
            edit.save_as_new(move || done.run(()));
        } else {
            edit.save(move || done.run(()));
        }
    };
    let form = NodeRef::<html::Form>::new();
    form.on_load(|form| focus_first_field(&form));
    let keep_editing = Callback::new(move |()| {
        choosing.set(false);
        if let Some(form) = form.get_untracked() {
            focus_first_field(&form);
        }
    });
    view! {
        <form class="note__form" novalidate on:submit=submit node_ref=form>
            <h3 id=heading class="visually-hidden">
                {move || format!("Edit {}", title.get())}
            </h3>
            <FormError submission />
            <p class="notice" role="status">
                {move || hint(is_deleted.get(), has_conflict.get() && !choosing.get())}
            </p>
            <Field
                id=format!("title-{id}")
                label="Title"
                name="title"
                value=title
                problem=submission.field("title")
            />
            <TextArea
                id=format!("body-{id}")
                label="Text"
                name="body"
                value=body
                problem=submission.field("body")
            />
            <Show
                when=move || choosing.get() && has_conflict.get()
                fallback=move || {
                    view! {
                        <DiscardQuestion asking discard=done>
                            <Buttons submission is_deleted cancel />
                        </DiscardQuestion>
                    }
                }
            >
                <Conflict edit close=done keep_editing />
            </Show>
        </form>
    }
    .into_any()
}

#[component]
fn Buttons(submission: Submission, is_deleted: Memo<bool>, cancel: Callback<()>) -> impl IntoView {
    view! {
        <div class="buttons">
            <button type="submit" class="button button--primary" disabled=submission.pending()>
                {move || match (submission.pending().get(), is_deleted.get()) {
                    (true, _) => "Saving…",
                    (false, true) => "Save as new note",
                    (false, false) => "Save",
                }}
            </button>
            <Button press=cancel>"Cancel"</Button>
        </div>
    }
    .into_any()
}

const fn hint(is_deleted: bool, has_conflict: bool) -> Option<&'static str> {
    match (is_deleted, has_conflict) {
        (true, _) => Some(
            "Someone deleted this note. Your text is still here. Save it as a new note to keep it.",
        ),
        (_, true) => {
            Some("Someone edited this note. When you save, you choose between both versions.")
        }
        _ => None,
    }
}
