//! The messages that the server has sent or has yet to send.

use leptos::prelude::*;

use crate::components::{Loaded, TimeText};
use client::cache::{LiveQuery, Outbox as Messages, live_query, memo};
use contract::system::{OutboxMessage, OutboxState};

/// The panel. The text of a message is shown where there is no mail server: an admin then brings its link
/// to its recipient.
#[component]
pub fn Outbox() -> impl IntoView {
    let messages = live_query(|| (), |()| Messages::fetch());
    view! {
        <section class="panel" aria-labelledby="outbox">
            <h2 id="outbox">"Mail"</h2>
            <Loaded query=messages view=move || view! { <List messages /> } />
        </section>
    }
    .into_any()
}

#[component]
fn List(messages: LiveQuery<Messages>) -> impl IntoView {
    let items = memo(move |_| messages.map(|its| its.0.clone()).unwrap_or_default());
    view! {
        <ul class="rows" aria-label="Messages">
            {move || items.get().into_iter().map(|message| view! { <Row message /> }).collect_view()}
        </ul>
        <p class="text-muted">
            {move || items.with(Vec::is_empty).then_some("No messages in the last 30 days.")}
        </p>
    }
    .into_any()
}

#[component]
fn Row(message: OutboxMessage) -> impl IntoView {
    let OutboxMessage { subject, recipient, state, attempts, error, text, created_at, .. } =
        message;
    let state = match state {
        OutboxState::Sent => "Sent".to_owned(),
        OutboxState::Waiting if attempts == 0 => "Waiting".to_owned(),
        OutboxState::Waiting => format!("Waiting after {attempts} attempts"),
        OutboxState::Failed => format!("Failed after {attempts} attempts"),
    };
    view! {
        <li class="row">
            <div class="row__text">
                <span class="row__title">{recipient.to_string()} " " <span class="tag">{state}</span></span>
                <span class="text-subtle">{subject} " · " <TimeText at=created_at /></span>
                {error.map(|error| view! { <span class="text-muted">{error}</span> })}
                {text
                    .map(|text| {
                        view! {
                            <details>
                                <summary>"Show message"</summary>
                                <pre class="system__message" tabindex="0">{text}</pre>
                            </details>
                        }
                    })}
            </div>
        </li>
    }
    .into_any()
}
