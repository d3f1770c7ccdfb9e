//! When something was or will be, in the viewer's time zone.
//!
//! The full date and zone appear on hover and on focus ([`TimeTooltip`](super::TimeTooltip)). A
//! keyboard reaches every time, but a list with hundreds of them is one stop of the Tab key: the
//! arrow keys, Home and End lead from one time of the list to the next (a roving tabindex).

use crate::clock::PageClock;
use leptos::prelude::*;

use contract::Timestamp;

/// How a time is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeForm {
    /// How long ago it was, or the day once that is a week.
    #[default]
    Relative,
    /// The day.
    Day,
    /// Hours and minutes, for what was today.
    Time,
}

/// The times of a list, as a context: only one of them is a stop of the Tab key.
#[derive(Clone, Copy, Debug)]
pub struct TimeList {
    times: StoredValue<Vec<u64>>,
    given: StoredValue<u64>,
    stop: RwSignal<Option<u64>>,
}

impl TimeList {
    /// Makes the times below one stop of the Tab key.
    pub fn provide() {
        provide_context(Self {
            times: StoredValue::default(),
            given: StoredValue::new(0),
            stop: RwSignal::new(None),
        });
    }

    fn add(self) -> u64 {
        let number = self.given.get_value();
        self.given.set_value(number + 1);
        self.times.update_value(|times| times.push(number));
        if self.stop.with_untracked(Option::is_none) {
            self.stop.set(Some(number));
        }
        number
    }

    fn remove(self, number: u64) {
        let first = self.times.try_update_value(|times| {
            times.retain(|its| *its != number);
            times.first().copied()
        });
        let was_stop = self.stop.try_get_untracked().flatten() == Some(number);
        if let Some(first) = first.filter(|_| was_stop) {
            let _ = self.stop.try_set(first);
        }
    }
}

/// A time. It keeps up with the clock.
#[component]
pub fn Moment(
    /// When.
    #[prop(into)]
    at: Signal<Timestamp>,
    /// How it is written.
    #[prop(optional)]
    form: TimeForm,
) -> impl IntoView {
    let clock = PageClock::of_page();
    // While a part of the page is read again, what was shown stays, but not the signals behind it.
    let relative = move |at| match form {
        TimeForm::Relative => clock.relative(at),
        TimeForm::Day | TimeForm::Time => None,
    };
    let mut shown = String::new();
    let text = move || {
        if let Some(at) = at.try_get() {
            shown = relative(at).unwrap_or_else(|| match form {
                TimeForm::Time => clock.time(at),
                TimeForm::Relative | TimeForm::Day => clock.day(at),
            });
        }
        shown.clone()
    };
    // Scripts will put the viewer's own day in its place.
    let is_pending =
        move || clock.is_zone_unknown() && at.try_get().is_some_and(|at| relative(at).is_none());
    let list = use_context::<TimeList>();
    let number = list.map(|list| {
        let number = list.add();
        on_cleanup(move || list.remove(number));
        number
    });
    let tab_index = move || match list {
        Some(list) if list.stop.try_get().flatten() != number => "-1",
        _ => "0",
    };
    let focus = move |_| {
        if let Some(list) = list {
            let _ = list.stop.try_set(number);
        }
    };
    view! {
        <time
            class="time"
            class:time--pending=is_pending
            datetime=move || at.try_get().map(|at| at.to_string())
            tabindex=tab_index
            on:focus=focus
        >
            {text}
        </time>
    }
    .into_any()
}
