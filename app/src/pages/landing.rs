//! `/`: what this is.

use leptos::prelude::*;
use leptos_meta::Title;

use super::door::{Door, SignedInGoOn};

/// What visitors see who aren't signed in.
#[component]
pub fn Landing() -> impl IntoView {
    view! {
        <Title text="" />
        <SignedInGoOn next=None />
        <Door wide=true>
            <h1 class="door__display">"Work that stays true while you look at it"</h1>
            <p class="door__lead">
                "Tributary is a workspace for teams. Who belongs to it, with what role and what "
                "it is called changes on every open screen the moment it changes."
            </p>
            <div class="buttons">
                <a class="button button--primary" rel="external" href="/sign-up">
                    "Create an account"
                </a>
                <a class="button" rel="external" href="/sign-in">
                    "Sign in"
                </a>
            </div>
            <div class="door__points">
                <section>
                    <h2>"Never reload"</h2>
                    <p class="soft">"Every page follows the database, on every device you have open."</p>
                </section>
                <section>
                    <h2>"Never miss anything"</h2>
                    <p class="soft">"After a tunnel or a night's sleep, your screen catches up by itself."</p>
                </section>
                <section>
                    <h2>"Never wonder"</h2>
                    <p class="soft">"A badge tells whether what you see is live, late or offline."</p>
                </section>
            </div>
        </Door>
    }
    .into_any()
}
