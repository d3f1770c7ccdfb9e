//! A link to the page that asks for a proof, shown instead of settings that need a recent one.

use leptos::prelude::*;

use super::routes;

/// The link. After the proof, the person returns to `next`.
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
