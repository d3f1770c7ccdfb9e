//! Buttons.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// How much a button calls for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// One choice among others.
    #[default]
    Plain,
    /// What most people come for; one at a place.
    Primary,
    /// Destroys something, and is the point of the dialog it is in.
    Danger,
    /// Beside other things, without an edge.
    Quiet,
    /// Beside other things; leads to destroying something.
    QuietDanger,
}

impl Look {
    /// Its classes in `style/components/button.css`.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "button",
            Self::Primary => "button button--primary",
            Self::Danger => "button button--danger",
            Self::Quiet => "button button--quiet",
            Self::QuietDanger => "button button--quiet button--destructive",
        }
    }
}

/// A button that does something on this page. Buttons that send a form are plain elements.
#[component]
pub fn Button(
    /// How much it calls for attention.
    #[prop(optional)]
    look: Look,
    /// What it is called, where the text on it alone isn't enough.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
    /// Whether it can't be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What it does.
    #[prop(into)]
    press: Callback<()>,
    children: Children,
) -> impl IntoView {
    let press = move |_: MouseEvent| press.run(());
    view! {
        <button
            type="button"
            class=look.class()
            aria-label=move || label.map(|label| label.get())
            disabled=disabled
            on:click=press
        >
            {children()}
        </button>
    }
    .into_any()
}
