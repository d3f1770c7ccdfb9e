//! The way to the ways to sign in.

use leptos::prelude::*;

use crate::pages::routes;

/// The panel.
#[component]
pub fn SignInMethodsLink() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="sign-in-methods">
            <h2 id="sign-in-methods">"Sign-in methods"</h2>
            <p class="text-muted">"Passkeys, and other services that sign you in."</p>
            <div class="buttons">
                <a class="button" href=routes::SIGN_IN_METHODS>
                    "Manage sign-in methods"
                </a>
            </div>
        </section>
    }
    .into_any()
}
