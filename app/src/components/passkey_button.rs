//! A button that asks for a passkey, where that works.

use leptos::prelude::*;

use super::{FormError, Show, Submission};
use client::effect::effect;
use client::passkeys;

/// Whether the browser can use passkeys on pages of this host. False until scripts run, so what depends on
/// it needs scripts.
#[must_use]
pub fn supports_passkeys(host: String) -> Signal<bool> {
    let supported = RwSignal::new(false);
    effect(move || supported.set(passkeys::is_supported(&host)));
    supported.into()
}

/// The button with the error of its request. Hidden where passkeys don't work.
#[component]
pub fn PasskeyButton(
    /// The host on whose pages passkeys work.
    host: String,
    class: &'static str,
    label: &'static str,
    submission: Submission,
    /// Called on a click.
    press: Callback<()>,
) -> impl IntoView {
    let supported = supports_passkeys(host);
    view! {
        <Show when=move || supported.get()>
            <FormError submission />
            <button
                type="button"
                class=class
                disabled=submission.pending()
                on:click=move |_| press.run(())
            >
                {label}
            </button>
        </Show>
    }
    .into_any()
}
