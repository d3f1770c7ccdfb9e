//! The badge that says whether the screen is live.

use super::{Moment, TimeForm};
use leptos::prelude::*;

use client::realtime::StreamStatus;
use contract::Timestamp;

/// The state of the stream, announced when it changes, and since when it is so.
#[component]
pub fn ConnectionBadge(
    /// The state.
    #[prop(into)]
    status: Signal<StreamStatus>,
    /// Since when, once that is known.
    #[prop(into)]
    since: Signal<Option<Timestamp>>,
) -> impl IntoView {
    view! {
        <div class=move || status.with(|status| look(status).1)>
            <p role="status" aria-label="Connection">
                {move || status.with(|status| look(status).0)}
            </p>
            <span class="connection__since">
                {move || {
                    since
                        .get()
                        .map(|since| view! { "since " <Moment at=since form=TimeForm::Time /> })
                }}
            </span>
        </div>
    }
    .into_any()
}

/// What it says, and its classes in `style/components/connection.css`.
const fn look(status: &StreamStatus) -> (&'static str, &'static str) {
    match status {
        StreamStatus::Connecting => ("Connecting", "connection connection--waiting"),
        StreamStatus::CatchingUp => ("Catching up", "connection connection--waiting"),
        StreamStatus::Live => ("Live", "connection connection--live"),
        StreamStatus::Degraded => ("Delayed", "connection connection--degraded"),
        StreamStatus::Offline => ("Offline", "connection connection--offline"),
        StreamStatus::Ended(_) => ("Disconnected", "connection connection--offline"),
    }
}
