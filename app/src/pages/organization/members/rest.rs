//! The members beyond the first page: whoever only has a glance needn't wait for thousands.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;

use super::desk::Desk;
use super::wanted::wanted_of_page;
use client::cache::{Members, ssr_memo};
use client::effect::effect;

/// After that time the rest is read in any case: it is there then when it is wanted.
const GLANCE: Duration = Duration::from_secs(20);

/// Reads the rest once somebody does something, looks further or stays.
pub fn read_when_wanted(desk: Desk) {
    let Desk { members, window, .. } = desk;
    let is_wanted = RwSignal::new(false);
    let want = move || {
        let _ = is_wanted.try_set(true);
    };
    let wanted = wanted_of_page();
    Effect::new(move |first: Option<_>| {
        let now = wanted.get();
        if window.is_scrolled() || first.as_ref().is_some_and(|first| *first != now) {
            want();
        }
        first.unwrap_or(now)
    });
    let listeners = [
        window_event_listener(ev::pointerdown, move |_| want()),
        window_event_listener(ev::keydown, move |_| want()),
        window_event_listener(ev::wheel, move |_| want()),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    let has_more =
        ssr_memo(move |_| members.map_without_suspense(is_beginning).unwrap_or_default());
    effect(move || {
        set_timeout(want, GLANCE);
    });
    effect(move || {
        if is_wanted.get() && has_more.get() {
            members.refetch();
        }
    });
}

fn is_beginning(members: &Members) -> bool {
    !members.is_complete()
}
