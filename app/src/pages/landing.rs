//! `/`: the landing page.

use leptos::prelude::*;
use leptos_meta::Title;

use super::public_layout::{PublicLayout, RedirectIfSignedIn};

/// The landing page. Visitors who are signed in are redirected to home.
#[component]
pub fn Landing() -> impl IntoView {
    view! {
        <Title text="" />
        <RedirectIfSignedIn next=None />
        <PublicLayout wide=true>
            <h1 class="public-layout__display">"Your team, always up to date"</h1>
            <p class="public-layout__lead">
                "Tributary is a workspace for teams. Members, roles and notes update on every open "
                "screen the moment someone changes them."
            </p>
            <div class="buttons">
                <a class="button button--primary" rel="external" href="/sign-up">
                    "Create an account"
                </a>
                <a class="button" rel="external" href="/sign-in">
                    "Sign in"
                </a>
            </div>
            <div class="public-layout__points">
                <section>
                    <h2>"Never reload"</h2>
                    <p class="text-muted">"Every page updates live, on all your devices."</p>
                </section>
                <section>
                    <h2>"Never miss anything"</h2>
                    <p class="text-muted">"Lost your connection? Your screen catches up when you're back."</p>
                </section>
                <section>
                    <h2>"Never wonder"</h2>
                    <p class="text-muted">"A badge shows whether you're live, delayed or offline."</p>
                </section>
            </div>
        </PublicLayout>
    }
    .into_any()
}
