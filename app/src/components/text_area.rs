//! A labelled text of many lines.

use leptos::html;
use leptos::prelude::*;

use super::field::{Draft, Problem, problem_id};
use client::effect::effect;

/// A field of many lines whose value lives in a [`Draft`].
#[component]
pub fn TextArea(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// What it is called.
    label: &'static str,
    /// Its name on the wire.
    name: &'static str,
    /// What it holds.
    draft: Draft,
    /// What is wrong with what was typed.
    #[prop(into)]
    problem: Signal<Option<String>>,
) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    effect(move || {
        let text = draft.text();
        if let Some(area) = area.get().filter(|area| area.value() != text) {
            area.set_value(&text);
        }
    });
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>
                {label}
            </label>
            <textarea
                id=id.clone()
                class="input input--tall"
                name=name
                autocomplete="off"
                aria-invalid=move || problem.with(Option::is_some).to_string()
                aria-describedby=problem_id(&id)
                node_ref=area
                on:input:target=move |event| draft.type_in(event.target().value())
            >
                {draft.text_untracked()}
            </textarea>
            <Problem id=id sentence=problem />
        </div>
    }
    .into_any()
}
