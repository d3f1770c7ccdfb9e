//! A link to give to somebody.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::clipboard;

/// A link in a field, with a button that copies it.
#[component]
pub fn CopyableLink(
    /// The path on this site; shown as a full address.
    path: String,
    /// Whom it is for.
    recipient: String,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let copied = RwSignal::new(false);
    // Only shown after a request, so never while the server renders.
    let address = format!("{}{path}", location().origin().unwrap_or_default());
    let copy = {
        let address = address.clone();
        move |_| {
            // For browsers that refuse: the visitor finds it marked and copies it by hand.
            if let Some(field) = field.get_untracked() {
                field.select();
            }
            let address = address.clone();
            spawn_local(async move { copied.set(clipboard::copy(&address).await) });
        }
    };
    view! {
        <div class="outcome__link">
            <input
                class="input"
                readonly
                value=address
                aria-label=format!("Invitation link for {recipient}")
                node_ref=field
            />
            <button
                type="button"
                class="button"
                aria-label=format!("Copy link for {recipient}")
                on:click=copy
            >
                {move || if copied.get() { "Copied" } else { "Copy link" }}
            </button>
        </div>
    }
    .into_any()
}
