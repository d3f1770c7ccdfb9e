//! The text and hint of an empty list.

use leptos::prelude::*;

/// Says what the list is for and how to add something.
#[component]
pub fn EmptyState(
    title: &'static str,
    /// The explanation and the next step.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty-state">
            <h3>{title}</h3>
            {children()}
        </div>
    }
    .into_any()
}
