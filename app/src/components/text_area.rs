//! A labelled field with several lines.

use leptos::html;
use leptos::prelude::*;

use super::field::{FieldValue, Problem, problem_id};
use client::effect::effect;

/// A field of several lines with a [`FieldValue`].
#[component]
pub fn TextArea(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    label: &'static str,
    /// The name of the field in the request.
    name: &'static str,
    value: FieldValue,
    /// The error.
    #[prop(into)]
    problem: Signal<Option<String>>,
) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    area.on_load(move |area| {
        // It was edited before the page reacted to input.
        if area.default_value().is_ok_and(|unedited| unedited != area.value()) {
            value.set(area.value());
        }
    });
    effect(move || {
        let text = value.get();
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
                on:input:target=move |event| value.set(event.target().value())
            >
                {value.get_untracked()}
            </textarea>
            <Problem id=id message=problem />
        </div>
    }
    .into_any()
}
