//! The frame of pages in front of the door: for visitors who aren't signed in, or may not be.
//!
//! Links between them load the page anew (`rel="external"`): only the server knows who is signed in.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::path;
use crate::components::{Brand, Suspense};
use client::api;

/// A page in front of the door.
#[component]
pub fn PublicLayout(
    /// Wider than a form needs.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="door">
            <header>
                <Brand href="/" />
            </header>
            <main class=if wide { "door__main door__main--wide" } else { "door__main" }>
                {children()}
            </main>
        </div>
    }
    .into_any()
}

/// Leads visitors who are signed in to where they wanted to go.
#[component]
pub fn RedirectIfSignedIn(
    /// Where to; home by default.
    #[prop(optional_no_strip)]
    next: Option<String>,
) -> impl IntoView {
    let me = Resource::new(|| (), |()| api::me::get());
    let next = next.unwrap_or_else(|| path::HOME.to_owned());
    let go_on = move || {
        let signed_in = me.get().is_some_and(|me| me.is_ok());
        signed_in.then(|| view! { <Redirect path=next.clone() /> })
    };
    view! { <Suspense>{go_on.clone()}</Suspense> }.into_any()
}
