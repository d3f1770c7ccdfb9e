//! Where I am signed in.

use crate::clock::PageClock;
use crate::components::{Button, For, Loaded, Moment, Refusal, Show, Submission, TimeList};
use leptos::prelude::*;

use crate::pages::signed_in::Session;
use client::api;
use client::cache::{LiveQuery, MySessions, live_query, ssr_memo};
use contract::view::SessionView;

/// Every browser that is signed in, and ending that.
#[component]
pub fn Sessions(session: Session) -> impl IntoView {
    let sessions = live_query(|| (), move |()| session.read(MySessions::fetch()));
    view! {
        <section class="panel" aria-labelledby="sessions">
            <Loaded query=sessions part=move || view! { <List sessions /> } />
        </section>
    }
    .into_any()
}

#[component]
fn List(sessions: LiveQuery<MySessions>) -> impl IntoView {
    TimeList::provide();
    let items = ssr_memo(move |_| sessions.map(|its| its.items.clone()).unwrap_or_default());
    let ending = Submission::new();
    let end_others = move |()| {
        ending.send(api::me::end_other_sessions(), move |()| {
            sessions.update_with(MySessions::remove_others);
        });
    };
    view! {
        <div class="panel__head">
            <h2 id="sessions">
                "Sessions" <span class="panel__count">{move || items.with(Vec::len)}</span>
            </h2>
            <Show when=move || { items.with(|items| items.len() > 1) }>
                <Button disabled=ending.pending() press=end_others>
                    "End other sessions"
                </Button>
            </Show>
        </div>
        <Refusal submission=ending />
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
    let ending = Submission::new();
    let end = move |()| {
        ending.send(api::me::end_session(id), move |()| {
            sessions.update_with(|its| its.remove(id));
        });
    };
    let clock = PageClock::of_page();
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
                <span class="faint">
                    "Last used " <Moment at=last_used_at /> " · Signed in " <Moment at=created_at />
                </span>
                <Refusal submission=ending />
            </div>
            {(!current)
                .then(|| {
                    view! {
                        <Button label disabled=ending.pending() press=end>
                            "End session"
                        </Button>
                    }
                })}
        </li>
    }
    .into_any()
}
