//! A link to copy.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::clipboard;

/// A link in a read-only field, with a button that copies it.
#[component]
pub fn CopyableLink(
    /// The path on this site. The full address is shown.
    path: String,
    /// The person who gets the link, for the accessible names.
    recipient: String,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let copied = RwSignal::new(false);
    // Only rendered in the browser, after a request.
    let address = format!("{}{path}", location().origin().unwrap_or_default());
    let copy = {
        let address = address.clone();
        move |_| {
            // If the browser refuses, the person can copy the selected text.
            if let Some(field) = field.get_untracked() {
                field.select();
            }
            let address = address.clone();
            spawn_local(async move { copied.set(clipboard::copy(&address).await) });
        }
    };
    view! {
        <div class="invite-result__link">
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
