//! The badge with the status of the stream.

use leptos::prelude::*;

use super::{TimeFormat, TimeText};
use client::realtime::StreamStatus;
use contract::Timestamp;

/// The status and since when. A change is announced to screen readers.
#[component]
pub fn ConnectionBadge(
    #[prop(into)] status: Signal<StreamStatus>,
    /// When the status began, if that is known.
    #[prop(into)]
    since: Signal<Option<Timestamp>>,
) -> impl IntoView {
    view! {
        <div class=move || status.with(|status| text_and_class(status).1)>
            <p role="status" aria-label="Connection" translate="no">
                {move || status.with(|status| text_and_class(status).0)}
            </p>
            <span class="connection__since">
                {move || {
                    since
                        .get()
                        .map(|since| view! { "since " <TimeText at=since format=TimeFormat::Time /> })
                }}
            </span>
        </div>
    }
    .into_any()
}

/// Returns the text, and the classes in `style/components/connection.css`.
const fn text_and_class(status: &StreamStatus) -> (&'static str, &'static str) {
    match status {
        StreamStatus::Connecting => ("Connecting", "connection connection--waiting"),
        StreamStatus::CatchingUp => ("Catching up", "connection connection--waiting"),
        StreamStatus::Live => ("Live", "connection connection--live"),
        StreamStatus::Degraded => ("Delayed", "connection connection--degraded"),
        StreamStatus::Offline => ("Offline", "connection connection--offline"),
        StreamStatus::Ended(_) => ("Disconnected", "connection connection--offline"),
    }
}
