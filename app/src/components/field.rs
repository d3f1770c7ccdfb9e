//! Labelled inputs with a hint and an error.

use leptos::html;
use leptos::prelude::*;

use client::effect::effect;

/// The value of a field: what was entered, or until then the value of a source, which may change.
#[derive(Clone, Copy, Debug)]
pub struct FieldValue {
    edited: RwSignal<Option<String>>,
    source: Signal<String>,
}

impl FieldValue {
    /// Creates a value that follows `source` until it is edited.
    pub fn new(source: impl Into<Signal<String>>) -> Self {
        Self { edited: RwSignal::new(None), source: source.into() }
    }

    /// Returns the text that the field shows. Tracked.
    #[must_use]
    pub fn get(self) -> String {
        self.edited.get().unwrap_or_else(|| self.source.get())
    }

    /// Like [`get`](Self::get), untracked.
    #[must_use]
    pub fn get_untracked(self) -> String {
        self.edited.get_untracked().unwrap_or_else(|| self.source.get_untracked())
    }

    /// Returns the entered text; `None` if the field wasn't edited. Tracked.
    #[must_use]
    pub fn edited(self) -> Option<String> {
        self.edited.get()
    }

    /// Like [`edited`](Self::edited), untracked.
    #[must_use]
    pub fn edited_untracked(self) -> Option<String> {
        self.edited.get_untracked()
    }

    /// Sets what was entered.
    pub fn set(self, text: String) {
        self.edited.set(Some(text));
    }

    /// Shows the source's value again.
    pub fn reset(self) {
        self.edited.set(None);
    }
}

/// The error of the field with that id, which refers to it by `aria-describedby`.
#[component]
pub fn Problem(
    /// The field's id.
    #[prop(into)]
    id: String,
    #[prop(into)] message: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <span id=problem_id(&id) class="field__problem">
            {message}
        </span>
    }
    .into_any()
}

/// Returns the id of the error of that field.
pub(super) fn problem_id(id: &str) -> String {
    format!("{id}-problem")
}

/// A text field with a [`FieldValue`].
#[component]
pub fn Field(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    #[prop(into)] label: Signal<String>,
    /// The name of the field in the request.
    name: &'static str,
    value: FieldValue,
    /// A fixed text before the value.
    #[prop(optional)]
    prefix: Option<&'static str>,
    /// A hint below the field.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// The error.
    #[prop(into)]
    problem: Signal<Option<String>>,
    /// A check of the value, below the hint.
    #[prop(optional, into)]
    check: Option<AnyView>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    input.on_load(move |input| {
        // It was edited before the page reacted to input.
        if input.value() != input.default_value() {
            value.set(input.value());
        }
    });
    effect(move || {
        let text = value.get();
        if let Some(input) = input.get().filter(|input| input.value() != text) {
            input.set_value(&text);
        }
    });
    let control = view! {
        <input
            id=id.clone()
            class="input"
            name=name
            value=value.get_untracked()
            autocomplete="off"
            aria-required="true"
            aria-invalid=move || problem.with(Option::is_some).to_string()
            aria-describedby=problem_id(&id)
            node_ref=input
            on:input:target=move |event| value.set(event.target().value())
        />
    };
    let control = match prefix {
        Some(prefix) => view! {
            <div class="input-group">
                <span class="input-group__prefix" aria-hidden="true">
                    {prefix}
                </span>
                {control}
            </div>
        }
        .into_any(),
        None => control.into_any(),
    };
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>
                {label}
            </label>
            {control}
            {hint.map(|hint| view! { <span class="field__hint">{hint}</span> })}
            {check}
            <Problem id=id message=problem />
        </div>
    }
    .into_any()
}

/// A field of a form that also works without scripts: the browser keeps its value.
#[component]
pub fn InitialField(
    /// Unique on the page.
    id: &'static str,
    label: &'static str,
    /// The name of the field in the request.
    name: &'static str,
    /// `text`, `email` or `password`.
    kind: &'static str,
    /// The `autocomplete` attribute.
    autocomplete: &'static str,
    /// The initial value.
    #[prop(optional)]
    initial: String,
    /// A hint below the field.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// The error.
    #[prop(into)]
    problem: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
            </label>
            <input
                id=id
                class="input"
                type=kind
                name=name
                value=initial
                autocomplete=autocomplete
                aria-required="true"
                aria-invalid=move || problem.with(Option::is_some).to_string()
                aria-describedby=problem_id(id)
            />
            {hint.map(|hint| view! { <span class="field__hint">{hint}</span> })}
            <Problem id=id message=problem />
        </div>
    }
    .into_any()
}
