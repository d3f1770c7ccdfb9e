//! The way to confirm who one is, shown instead of settings that need a recent proof.

use leptos::prelude::*;

use super::routes;

/// A link to the page that asks for a proof and then leads to `next`.
#[component]
pub fn ConfirmFirst(
    /// The path of the settings.
    next: &'static str,
) -> impl IntoView {
    view! {
        <p class="text-muted">"To change this, confirm that it's you."</p>
        <div class="buttons">
            <a class="button button--primary" rel="external" href=routes::confirm_path(next)>
                "Continue"
            </a>
        </div>
    }
    .into_any()
}
