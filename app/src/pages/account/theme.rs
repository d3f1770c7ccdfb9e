//! Light or dark.

use leptos::prelude::*;

use crate::theme::{ChosenTheme, Theme};

/// The choice; it holds for this browser.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = ChosenTheme::of_browser();
    let choices = Theme::ALL.map(|theme| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="theme"
                    autocomplete="off"
                    checked=chosen.get_untracked() == theme
                    prop:checked=move || chosen.get() == theme
                    on:change=move |_| chosen.choose(theme)
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
            <p class="faint">"Saved in this browser only."</p>
        </section>
    }
    .into_any()
}
