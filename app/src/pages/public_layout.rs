//! The layout of pages for visitors who aren't signed in, or may not be.
//!
//! Links between these pages load from the server (`rel="external"`): only the server knows the
//! session.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::routes;
use crate::components::{Brand, Suspense};
use client::api;

/// The layout: product name and a narrow column.
#[component]
pub fn PublicLayout(
    /// Whether the column is wider, for more than a form.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="public-layout">
            <header>
                <Brand href="/" />
            </header>
            <main class=if wide { "public-layout__main public-layout__main--wide" } else { "public-layout__main" }>
                {children()}
            </main>
        </div>
    }
    .into_any()
}

/// Redirects visitors who are signed in to `next`.
#[component]
pub fn RedirectIfSignedIn(
    /// Home by default.
    #[prop(optional_no_strip)]
    next: Option<String>,
) -> impl IntoView {
    let me = Resource::new(|| (), |()| api::me::get());
    let next = next.unwrap_or_else(|| routes::HOME.to_owned());
    let redirect = move || {
        let is_signed_in = me.get().is_some_and(|me| me.is_ok());
        is_signed_in.then(|| view! { <Redirect path=next.clone() /> })
    };
    view! { <Suspense>{redirect.clone()}</Suspense> }.into_any()
}
