//! A place where nothing is yet.

use leptos::prelude::*;

/// Says what would be here, and how to get it.
#[component]
pub fn Empty(
    /// What isn't there.
    title: &'static str,
    /// Why, and what to do about it.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <h3>{title}</h3>
            {children()}
        </div>
    }
    .into_any()
}
