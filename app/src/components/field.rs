//! A labelled input with its hint and its problem.

use leptos::html;
use leptos::prelude::*;

use client::effect::effect;

/// What somebody typed into a field. Until then the field follows a value, live.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    typed: RwSignal<Option<String>>,
    follows: Signal<String>,
}

impl Draft {
    /// Nothing was typed yet.
    pub fn following(value: impl Into<Signal<String>>) -> Self {
        Self { typed: RwSignal::new(None), follows: value.into() }
    }

    /// What the field shows.
    #[must_use]
    pub fn text(self) -> String {
        self.typed.get().unwrap_or_else(|| self.follows.get())
    }

    /// What the field shows, for where nothing follows: handlers.
    #[must_use]
    pub fn text_untracked(self) -> String {
        self.typed.get_untracked().unwrap_or_else(|| self.follows.get_untracked())
    }

    /// What was typed, if anything was. Tracked.
    #[must_use]
    pub fn typed(self) -> Option<String> {
        self.typed.get()
    }

    /// What was typed, if anything was, for where nothing follows: handlers.
    #[must_use]
    pub fn typed_untracked(self) -> Option<String> {
        self.typed.get_untracked()
    }

    /// Takes in what is typed.
    pub fn type_in(self, text: String) {
        self.typed.set(Some(text));
    }

    /// Follows the value again.
    pub fn forget(self) {
        self.typed.set(None);
    }
}

/// What is wrong with the field of that id, read out with it.
#[component]
pub fn Problem(
    /// The field's id.
    #[prop(into)]
    id: String,
    /// The sentence.
    #[prop(into)]
    sentence: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <span id=problem_id(&id) class="field__problem">
            {sentence}
        </span>
    }
    .into_any()
}

/// The id of what is wrong with that field.
pub(super) fn problem_id(id: &str) -> String {
    format!("{id}-problem")
}

/// A text field whose value lives in a [`Draft`].
#[component]
pub fn Field(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// What it is called.
    #[prop(into)]
    label: Signal<String>,
    /// Its name on the wire.
    name: &'static str,
    /// What it holds.
    draft: Draft,
    /// A fixed beginning that belongs to the value.
    #[prop(optional)]
    before: Option<&'static str>,
    /// What to know before typing.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What is wrong with what was typed.
    #[prop(into)]
    problem: Signal<Option<String>>,
    /// What is found out while somebody types.
    #[prop(optional, into)]
    finding: Option<AnyView>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        let text = draft.text();
        if let Some(input) = input.get().filter(|input| input.value() != text) {
            input.set_value(&text);
        }
    });
    let control = view! {
        <input
            id=id.clone()
            class="input"
            name=name
            value=draft.text_untracked()
            autocomplete="off"
            aria-required="true"
            aria-invalid=move || problem.with(Option::is_some).to_string()
            aria-describedby=problem_id(&id)
            node_ref=input
            on:input:target=move |event| draft.type_in(event.target().value())
        />
    };
    let control = match before {
        Some(before) => view! {
            <div class="input-group">
                <span class="input-group__before" aria-hidden="true">
                    {before}
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
            {finding}
            <Problem id=id sentence=problem />
        </div>
    }
    .into_any()
}

/// A field of a form that also works with scripts off: its value is the browser's own.
#[component]
pub fn InitialField(
    /// Unique on the page.
    id: &'static str,
    /// What it is called.
    label: &'static str,
    /// Its name on the wire.
    name: &'static str,
    /// `text`, `email` or `password`.
    kind: &'static str,
    /// What a browser may fill in.
    autocomplete: &'static str,
    /// What it holds at first.
    #[prop(optional)]
    initial: String,
    /// What to know before typing.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What is wrong with what was typed.
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
            <Problem id=id sentence=problem />
        </div>
    }
    .into_any()
}
