//! Says when an organization's page isn't live.

use leptos::prelude::*;

use client::realtime::StreamStatus;

/// The stream's status in words; empty while it is live.
#[component]
pub fn StreamStatusText(
    /// The accessible name of the status.
    label: &'static str,
    status: RwSignal<StreamStatus>,
) -> impl IntoView {
    let text = move || match status.get() {
        StreamStatus::Live | StreamStatus::Ended(_) => None,
        StreamStatus::Connecting => Some("Connecting"),
        StreamStatus::CatchingUp => Some("Catching up"),
        StreamStatus::Degraded => Some("Delayed"),
        StreamStatus::Offline => Some("Offline"),
    };
    view! {
        <p
            class="organization__stream-status text-subtle"
            role="status"
            aria-label=label
            translate="no"
        >
            {text}
        </p>
    }
    .into_any()
}
