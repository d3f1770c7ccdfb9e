//! The way to the settings of two-factor authentication.

use leptos::prelude::*;

use crate::pages::routes;

/// The panel.
#[component]
pub fn TwoFactorLink() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="two-factor">
            <h2 id="two-factor">"Two-factor authentication"</h2>
            <p class="text-muted">
                "A code of an app on your phone protects your account if somebody learns your password."
            </p>
            <div class="buttons">
                <a class="button" href=routes::TWO_FACTOR>
                    "Manage two-factor authentication"
                </a>
            </div>
        </section>
    }
    .into_any()
}
