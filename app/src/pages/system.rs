//! `/system`: how the machines are doing. For system admins.

mod amount;
mod parts;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;

use self::parts::{Incidents, Log, Nodes, Slots, Wal};
use super::stand_in::StandIn;
use crate::components::{Loaded, Suspense};
use client::cache::{LiveQuery, SystemState, follow, live_query};
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
        follow(
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
        follow(move |_| state.map(|state| look(&state.0)).unwrap_or_default())
    };
    let at = part(|state| format!("As of {}.", state.at.time()));
    let health = part(|state| {
        match state.health {
            Health::Ok => "Changes reach the log as they are committed.",
            Health::Degraded => "Changes reach the log late or not at all.",
        }
        .to_owned()
    });
    view! {
        <p class="soft">{health} " " <span class="faint">{at}</span></p>
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
        <StandIn code=ErrorCode::Forbidden title="Not for you to see">
            "This page is for those who run the servers. If you are one of them, have another of "
            "them make your account a system admin. Everything of your organizations is where it "
            "always is."
        </StandIn>
    }
    .into_any()
}
