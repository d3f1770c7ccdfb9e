//! How to use the handles of the edit mode, for screen readers.

use leptos::prelude::*;

/// The id of the hint, which describes each handle.
pub const HANDLE_HINT_ID: &str = "menu-handle-hint";

/// The hint. It is outside the lists, as both sections refer to it.
#[component]
pub fn HandleHint() -> impl IntoView {
    view! {
        <span id=HANDLE_HINT_ID hidden>
            "Drag to reorder, or press the up and down arrow keys."
        </span>
    }
    .into_any()
}
