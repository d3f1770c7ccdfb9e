//! The choice of the theme.

use leptos::prelude::*;

use crate::theme::{Theme, ThemeContext};

/// The panel. The theme applies to this browser.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let context = ThemeContext::from_context();
    let choices = Theme::ALL.map(|theme| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="theme"
                    autocomplete="off"
                    checked=context.get_untracked() == theme
                    prop:checked=move || context.get() == theme
                    on:change=move |_| context.set(theme)
                />
                {theme.label()}
            </label>
        }
    });
    view! {
        <section class="panel" aria-labelledby="theme">
            <h2 id="theme">"Theme"</h2>
            <div class="choices" role="radiogroup" aria-labelledby="theme">
                {choices}
            </div>
            <p class="text-subtle">"Saved in this browser only."</p>
        </section>
    }
    .into_any()
}
