//! Shows a time in the viewer's time zone.
//!
//! The full date and zone appear on hover and on focus ([`TimeTooltip`](super::TimeTooltip)). A
//! keyboard reaches every time, but a list with hundreds of them is one stop of the Tab key: the
//! arrow keys, Home and End lead from one time of the list to the next (a roving tabindex).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
///
/// Not in signals: the server renders on several threads, and would fail where one reads a signal
/// that another is writing.
#[derive(Clone, Debug)]
pub struct TimeList {
    times: Arc<Mutex<Times>>,
    stop_changed: ArcTrigger,
}

#[derive(Debug, Default)]
struct Times {
    next_number: u64,
    numbers: Vec<u64>,
    stop: Option<u64>,
}

impl TimeList {
    /// Provides the context: the times below become one stop of the Tab key.
    pub fn provide() {
        provide_context(Self { times: Arc::default(), stop_changed: ArcTrigger::new() });
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a time; the first one is the stop.
    fn add(&self) -> u64 {
        let mut times = self.times();
        let number = times.next_number;
        times.next_number += 1;
        times.numbers.push(number);
        times.stop.get_or_insert(number);
        number
    }

    fn remove(&self, number: u64) {
        let mut times = self.times();
        times.numbers.retain(|its| *its != number);
        if times.stop == Some(number) {
            times.stop = times.numbers.first().copied();
            drop(times);
            self.stop_changed.notify();
        }
    }

    /// Makes that time the stop.
    fn stop_at(&self, number: u64) {
        self.times().stop = Some(number);
        self.stop_changed.notify();
    }

    /// Whether that time is the stop. Tracked.
    fn is_stop(&self, number: u64) -> bool {
        self.stop_changed.track();
        self.times().stop == Some(number)
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
    let place = use_context::<TimeList>().map(|list| {
        let number = list.add();
        on_cleanup({
            let list = list.clone();
            move || list.remove(number)
        });
        (list, number)
    });
    let tab_index = {
        let place = place.clone();
        move || match &place {
            Some((list, number)) if !list.is_stop(*number) => "-1",
            _ => "0",
        }
    };
    let focus = move |_| {
        if let Some((list, number)) = &place {
            list.stop_at(*number);
        }
    };
    view! {
        <time
            class="time"
            class:time--pending=is_pending
            translate="no"
            datetime=move || at.try_get().map(|at| at.to_string())
            tabindex=tab_index
            on:focus=focus
        >
            {text}
        </time>
    }
    .into_any()
}
