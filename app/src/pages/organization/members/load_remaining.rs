//! Loads the members beyond the first page, which may be thousands, when they are likely to be
//! needed.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;

use super::query::use_members_query;
use super::state::MembersState;
use client::cache::{Members, memo};
use client::effect::effect;

/// After that time they are loaded without any interaction.
const IDLE_DELAY: Duration = Duration::from_secs(20);

/// Loads the remaining members on the first press, key, scroll or filter, or after
/// [`IDLE_DELAY`].
pub fn load_remaining_on_demand(state: MembersState) {
    let MembersState { members, window, .. } = state;
    let is_needed = RwSignal::new(false);
    let request = move || {
        let _ = is_needed.try_set(true);
    };
    let query = use_members_query();
    Effect::new(move |first: Option<_>| {
        let now = query.get();
        if window.is_scrolled() || first.as_ref().is_some_and(|first| *first != now) {
            request();
        }
        first.unwrap_or(now)
    });
    let listeners = [
        window_event_listener(ev::pointerdown, move |_| request()),
        window_event_listener(ev::keydown, move |_| request()),
        window_event_listener(ev::wheel, move |_| request()),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    let has_more = memo(move |_| members.map_without_suspense(is_incomplete).unwrap_or_default());
    effect(move || {
        set_timeout(request, IDLE_DELAY);
    });
    effect(move || {
        if is_needed.get() && has_more.get() {
            members.refetch();
        }
    });
}

fn is_incomplete(members: &Members) -> bool {
    !members.is_complete()
}
