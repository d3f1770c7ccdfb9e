//! The person's sessions.

use leptos::prelude::*;

use crate::clock::PageClock;
use crate::components::{Button, For, FormError, Loaded, Show, Submission, TimeList, TimeText};
use crate::pages::session::Session;
use client::api;
use client::cache::{LiveQuery, MySessions, live_query, memo};
use contract::view::SessionView;

/// The panel with all browsers that are signed in.
#[component]
pub fn Sessions(session: Session) -> impl IntoView {
    let sessions = live_query(|| (), move |()| session.read(MySessions::fetch()));
    view! {
        <section class="panel" aria-labelledby="sessions">
            <Loaded query=sessions view=move || view! { <List sessions /> } />
        </section>
    }
    .into_any()
}

#[component]
fn List(sessions: LiveQuery<MySessions>) -> impl IntoView {
    TimeList::provide();
    let items = memo(move |_| sessions.map(|its| its.items.clone()).unwrap_or_default());
    let request = Submission::new();
    let end_others = move |()| {
        request.send(api::me::end_other_sessions(), move |()| {
            sessions.update_with(MySessions::remove_others);
        });
    };
    view! {
        <div class="panel__head">
            <h2 id="sessions">
                "Sessions " <span class="panel__count">{move || items.with(Vec::len)}</span>
            </h2>
            <Show when=move || { items.with(|items| items.len() > 1) }>
                <Button disabled=request.pending() press=end_others>
                    "End other sessions"
                </Button>
            </Show>
        </div>
        <FormError submission=request />
        <ul class="rows">
            <For
                each=move || items.get()
                key=|session| (session.id, session.last_used_at)
                let(session)
            >
                <Row session sessions />
            </For>
        </ul>
    }
    .into_any()
}

#[component]
fn Row(session: SessionView, sessions: LiveQuery<MySessions>) -> impl IntoView {
    let SessionView { id, device, created_at, last_used_at, current, .. } = session;
    let request = Submission::new();
    let end = move |()| {
        request.send(api::me::end_session(id), move |()| {
            sessions.update_with(|its| its.remove(id));
        });
    };
    let clock = PageClock::from_context();
    let label = {
        let device = device.clone();
        Signal::derive(move || {
            format!("End session: {device}, signed in {}", clock.minute(created_at))
        })
    };
    view! {
        <li class="row">
            <div class="row__text">
                <span class="row__title">
                    {device} " " {current.then(|| view! { <span class="tag">"This browser"</span> })}
                </span>
                <span class="text-subtle">
                    "Last used " <TimeText at=last_used_at /> " · Signed in " <TimeText at=created_at />
                </span>
                <FormError submission=request />
            </div>
            {(!current)
                .then(|| {
                    view! {
                        <Button label disabled=request.pending() press=end>
                            "End session"
                        </Button>
                    }
                })}
        </li>
    }
    .into_any()
}
