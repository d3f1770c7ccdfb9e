//! Buttons.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// The look of a button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonVariant {
    /// A choice among others.
    #[default]
    Plain,
    /// The main action of a page or dialog.
    Primary,
    /// Confirms that something is deleted.
    Danger,
    /// A secondary action, without a border.
    Quiet,
    /// A secondary action that asks whether to delete something.
    QuietDanger,
}

impl ButtonVariant {
    /// Returns the classes in `style/components/button.css`.
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

/// A button with a handler. Submit buttons are plain elements.
#[component]
pub fn Button(
    #[prop(optional)] variant: ButtonVariant,
    /// The accessible name, if the visible text isn't enough.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Called on a click.
    #[prop(into)]
    press: Callback<()>,
    children: Children,
) -> impl IntoView {
    let press = move |_: MouseEvent| press.run(());
    view! {
        <button
            type="button"
            class=variant.class()
            aria-label=move || label.map(|label| label.get())
            disabled=disabled
            on:click=press
        >
            {children()}
        </button>
    }
    .into_any()
}
