//! A redirect that leaves no entry in the browser's history.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::Redirect;

/// Navigates to `path` instead of the current address: the back button skips that one.
#[component]
pub fn ReplaceUrl(path: String) -> impl IntoView {
    let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
    view! { <Redirect path options /> }.into_any()
}
