//! The badge that says whether the screen is live.

use leptos::prelude::*;

use crate::realtime::StreamStatus;

/// The state of the stream, announced when it changes.
#[component]
pub fn ConnectionBadge(
    /// The state.
    #[prop(into)]
    status: Signal<StreamStatus>,
) -> impl IntoView {
    view! {
        <p
            class=move || status.with(|status| look(status).1)
            role="status"
            aria-label="Connection"
        >
            {move || status.with(|status| look(status).0)}
        </p>
    }
    .into_any()
}

/// What it says, and its classes in `style/components/connection.css`.
const fn look(status: &StreamStatus) -> (&'static str, &'static str) {
    match status {
        StreamStatus::Connecting => ("Connecting", "connection connection--waiting"),
        StreamStatus::CatchingUp => ("Catching up", "connection connection--waiting"),
        StreamStatus::Live => ("Live", "connection connection--live"),
        StreamStatus::Degraded => ("Degraded", "connection connection--degraded"),
        StreamStatus::Offline => ("Offline", "connection connection--offline"),
        StreamStatus::Ended(_) => ("Disconnected", "connection connection--offline"),
    }
}
