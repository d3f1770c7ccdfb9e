//! A link to copy.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::clipboard;

/// The outcome of the last click on the button.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Copied,
    Refused,
}

/// A link in a read-only field, with a button that copies it.
#[component]
pub fn CopyableLink(
    /// The path on this site. The full address is shown.
    path: String,
    /// The person who gets the link, for the accessible names.
    recipient: String,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let outcome = RwSignal::new(None);
    // Only rendered in the browser, after a request.
    let address = format!("{}{path}", location().origin().unwrap_or_default());
    let copy = move |_| {
        let Some(field) = field.get_untracked() else { return };
        spawn_local(async move {
            let copied = clipboard::copy(&field).await;
            outcome.set(Some(if copied { Outcome::Copied } else { Outcome::Refused }));
        });
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
                {move || if outcome.get() == Some(Outcome::Copied) { "Copied" } else { "Copy link" }}
            </button>
            <p class="field__hint" role="status">
                {move || {
                    (outcome.get() == Some(Outcome::Refused))
                        .then_some(
                            "The browser doesn't allow Tributary to copy. The link is selected: copy it with your keyboard.",
                        )
                }}
            </p>
        </div>
    }
    .into_any()
}
