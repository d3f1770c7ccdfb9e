//! `/system`: the state of the installation, for system admins.

mod format;
mod load;
mod outbox;
mod panels;
mod query;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;

use self::load::Load;
use self::outbox::Outbox;
use self::panels::{Incidents, Log, Nodes, Slots, Wal};
use self::query::SystemQuery;
use crate::components::{Loaded, Suspense, TimeFormat, TimeText};
use crate::pages::error_page::ErrorPage;
use client::cache::{SystemState, live_query, memo};
use client::effect::effect;
use contract::ErrorCode;
use contract::event::Health;
use contract::system::SystemView;

/// How often the page refetches while it is visible. The stream delivers committed changes only, and
/// this page shows the state of servers.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The system page: nodes, log, replication slots, WAL budget and incidents.
#[component]
pub fn System() -> impl IntoView {
    let state: SystemQuery = live_query(|| (), |()| SystemState::fetch());
    poll(state);
    let forbidden = move || {
        memo(move |_| matches!(state.get(), Some(Err(error)) if error.code == ErrorCode::Forbidden))
    };
    view! {
        <Title text="System" />
        <div class="system">
            <Suspense>
                {
                    let forbidden = forbidden();
                    move || {
                        if forbidden.get() {
                            view! { <AdminsOnly /> }.into_any()
                        } else {
                            view! { <h1>"System"</h1> }.into_any()
                        }
                    }
                }
            </Suspense>
            <div class="system__parts">
                <Loaded query=state view=move || view! { <Panels state /> } />
                <Outbox />
            </div>
        </div>
    }
    .into_any()
}

/// Refetches regularly, in the browser only.
fn poll(state: SystemQuery) {
    effect(move || {
        let timer = set_interval_with_handle(
            move || {
                // Transient errors are retried by the query; others stay.
                let is_shown = state.map_untracked(|_| ()).is_some();
                if is_shown && !document().hidden() {
                    state.refetch();
                }
            },
            POLL_INTERVAL,
        );
        on_cleanup(move || {
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    });
}

#[component]
fn Panels(state: SystemQuery) -> impl IntoView {
    let text = move |read: fn(&SystemView) -> String| {
        memo(move |_| state.map(|state| read(&state.0)).unwrap_or_default())
    };
    let at = memo(move |_| state.map(|state| state.0.at));
    let health = text(|state| {
        match state.health {
            Health::Ok => "Changes are delivered live.",
            Health::Degraded => "Changes are delayed or not delivered.",
        }
        .to_owned()
    });
    view! {
        <p class="text-muted">
            {health} " "
            <span class="text-subtle">
                {move || {
                    at.get().map(|at| view! { "As of " <TimeText at format=TimeFormat::Time /> "." })
                }}
            </span>
        </p>
        <Nodes state />
        <Load state />
        <Log state />
        <Slots state />
        <Wal state />
        <Incidents state />
    }
    .into_any()
}

/// The error page for people who aren't system admins.
#[component]
fn AdminsOnly() -> impl IntoView {
    view! {
        <ErrorPage code=ErrorCode::Forbidden title="You don't have access to this page">
            "Only system admins can open it. If you run this Tributary, ask another system admin to "
            "give you access."
        </ErrorPage>
    }
    .into_any()
}
