//! Shows a time in the viewer's time zone.
//!
//! The full date and zone appear on hover and on focus ([`TimeTooltip`](super::TimeTooltip)). A
//! keyboard reaches every time, but a list with hundreds of them is one stop of the Tab key: the
//! arrow keys, Home and End lead from one time of the list to the next (a roving tabindex).

use leptos::prelude::*;

use crate::clock::PageClock;
use contract::Timestamp;

/// How a time is formatted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// How long ago it was; the day if that is a week or more.
    #[default]
    Relative,
    /// The day.
    Day,
    /// Hours and minutes, for times of today.
    Time,
}

/// The times of a list, as a context: only one of them is a stop of the Tab key.
#[derive(Clone, Copy, Debug)]
pub struct TimeList {
    /// The numbers of the times in the list.
    times: StoredValue<Vec<u64>>,
    next_number: StoredValue<u64>,
    /// The time that the Tab key reaches.
    stop: RwSignal<Option<u64>>,
}

impl TimeList {
    /// Provides the context: the times below become one stop of the Tab key.
    pub fn provide() {
        provide_context(Self {
            times: StoredValue::default(),
            next_number: StoredValue::new(0),
            stop: RwSignal::new(None),
        });
    }

    fn add(self) -> u64 {
        let number = self.next_number.get_value();
        self.next_number.set_value(number + 1);
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

/// A time. Relative ones are updated as the clock goes on.
#[component]
pub fn TimeText(
    #[prop(into)] at: Signal<Timestamp>,
    #[prop(optional)] format: TimeFormat,
) -> impl IntoView {
    let clock = PageClock::from_context();
    // During a refetch the text stays, but the signals behind it may be disposed already.
    let relative = move |at| match format {
        TimeFormat::Relative => clock.relative(at),
        TimeFormat::Day | TimeFormat::Time => None,
    };
    let mut shown = String::new();
    let text = move || {
        if let Some(at) = at.try_get() {
            shown = relative(at).unwrap_or_else(|| match format {
                TimeFormat::Time => clock.time(at),
                TimeFormat::Relative | TimeFormat::Day => clock.day(at),
            });
        }
        shown.clone()
    };
    // The day in the viewer's zone isn't known yet.
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
