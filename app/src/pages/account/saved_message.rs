//! Confirms that a form was saved.

use leptos::prelude::*;

/// The message, once there is one.
#[component]
pub fn SavedMessage(text: RwSignal<Option<&'static str>>) -> impl IntoView {
    view! {
        <p class="notice notice--good" role="status">
            {move || text.get()}
        </p>
    }
    .into_any()
}
