//! `/system`: how the machines are doing. For system admins.

use super::error_page::ErrorPage;
use crate::components::{Loaded, Moment, Suspense, TimeForm};
mod amount;
mod parts;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;

use self::parts::{Incidents, Log, Nodes, Slots, Wal};
use client::cache::{LiveQuery, SystemState, live_query, ssr_memo};
use client::effect::effect;
use contract::ErrorCode;
use contract::event::Health;
use contract::system::SystemView;

/// How often the page asks again while it is looked at. It is about the machines and not about the
/// data, so the stream, which tells what was committed, has nothing to say of it.
const ASK_EVERY: Duration = Duration::from_secs(2);

type State = LiveQuery<SystemState>;

/// Nodes, log, slot, WAL budget and incidents.
#[component]
pub fn System() -> impl IntoView {
    let state: State = live_query(|| (), |()| SystemState::fetch());
    ask_again(state);
    let forbidden = move || {
        ssr_memo(
            move |_| matches!(state.get(), Some(Err(error)) if error.code == ErrorCode::Forbidden),
        )
    };
    view! {
        <Title text="System" />
        <div class="system">
            <Suspense>
                {
                    let forbidden = forbidden();
                    move || {
                        if forbidden.get() {
                            view! { <ForAdmins /> }.into_any()
                        } else {
                            view! { <h1>"System"</h1> }.into_any()
                        }
                    }
                }
            </Suspense>
            <div class="system__parts">
                <Loaded query=state part=move || view! { <Parts state /> } />
            </div>
        </div>
    }
    .into_any()
}

/// Runs in the browser only.
fn ask_again(state: State) {
    effect(move || {
        let asking = set_interval_with_handle(
            move || {
                // For whom it isn't, it won't be in a moment; what passes is read again anyway.
                let is_shown = state.map_untracked(|_| ()).is_some();
                if is_shown && !document().hidden() {
                    state.refetch();
                }
            },
            ASK_EVERY,
        );
        on_cleanup(move || {
            if let Ok(asking) = asking {
                asking.clear();
            }
        });
    });
}

#[component]
fn Parts(state: State) -> impl IntoView {
    let part = move |look: fn(&SystemView) -> String| {
        ssr_memo(move |_| state.map(|state| look(&state.0)).unwrap_or_default())
    };
    let at = ssr_memo(move |_| state.map(|state| state.0.at));
    let health = part(|state| {
        match state.health {
            Health::Ok => "Changes are delivered live.",
            Health::Degraded => "Changes are delayed or not delivered.",
        }
        .to_owned()
    });
    view! {
        <p class="soft">
            {health} " "
            <span class="faint">
                {move || {
                    at.get().map(|at| view! { "As of " <Moment at form=TimeForm::Time /> "." })
                }}
            </span>
        </p>
        <Nodes state />
        <Log state />
        <Slots state />
        <Wal state />
        <Incidents state />
    }
    .into_any()
}

/// What is said to everybody else.
#[component]
fn ForAdmins() -> impl IntoView {
    view! {
        <ErrorPage code=ErrorCode::Forbidden title="You don't have access to this page">
            "Only system admins can open it. If you run this Tributary, ask another system admin to "
            "give you access."
        </ErrorPage>
    }
    .into_any()
}
