//! The clock and the time zone by which a page shows times.
//!
//! Server and browser must render the same texts first. Otherwise the page would jump when its scripts
//! start, and hydration would keep wrong texts. Therefore the server writes its clock and its zone into
//! the document (`<html data-now data-zone>`), and the browser starts with both. After hydration it
//! switches to its own clock and zone.
//!
//! The server knows the viewer's zone from a cookie that the browser sets. If it is missing (on the first
//! visit), texts that depend on the zone are rendered in UTC, but hidden until the browser has replaced
//! them.

#[cfg(feature = "hydrate")]
mod browser;
mod format;
mod zone;

use std::time::Duration;

use leptos::prelude::*;
use time::OffsetDateTime;

#[cfg(feature = "hydrate")]
pub use self::browser::full;
use self::format::{day, relative, time};
use self::zone::Zone;
#[cfg(feature = "ssr")]
use crate::cookies;
use client::effect::effect;
use contract::Timestamp;

/// The cookie with the name of the viewer's zone, such as `Europe/Berlin`.
const COOKIE: &str = "tributary_zone";

/// How often relative times are updated.
const TICK_INTERVAL: Duration = Duration::from_secs(15);

/// The server's time when it began to render the page, as a context that the server provides.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug)]
pub struct ServerTime(pub Timestamp);

/// The clock and the zone of one page, as a context.
#[derive(Clone, Copy, Debug)]
pub struct PageClock {
    now: RwSignal<Timestamp>,
    zone: RwSignal<Zone>,
    /// The name of the zone that the server rendered the page in.
    rendered_in: StoredValue<Option<String>>,
}

impl PageClock {
    /// Provides the server's clock and the zone of the cookie, to render the document.
    #[cfg(feature = "ssr")]
    pub fn provide_for_request() -> Self {
        let name = cookies::get(COOKIE);
        let named = name.and_then(|name| Some((jiff::tz::TimeZone::get(&name).ok()?, name)));
        let (zone, name) =
            named.map_or((Zone::Unknown, None), |(zone, name)| (Zone::Named(zone), Some(name)));
        // Without a server that provides it, the routes are listed, and nobody sees the page.
        let now = use_context::<ServerTime>().map(|ServerTime(now)| now);
        let clock = Self {
            now: RwSignal::new(now.unwrap_or_else(|| Timestamp::new(OffsetDateTime::UNIX_EPOCH))),
            zone: RwSignal::new(zone),
            rendered_in: StoredValue::new(name),
        };
        provide_context(clock);
        clock
    }

    /// Provides the clock to the components below and updates it. In the browser it starts with the
    /// server's time and zone of the rendered page.
    pub fn provide() -> Self {
        let clock = use_context().unwrap_or_else(Self::initial);
        provide_context(clock);
        clock.start();
        clock
    }

    /// Returns the context of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
    fn initial() -> Self {
        let (now, name) = browser::rendered();
        let is_own = name.is_some() && name == browser::zone_name();
        Self {
            now: RwSignal::new(now),
            zone: RwSignal::new(if is_own { Zone::Browser } else { Zone::Unknown }),
            rendered_in: StoredValue::new(name),
        }
    }

    #[cfg(feature = "ssr")]
    fn initial() -> Self {
        Self::provide_for_request()
    }

    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    fn initial() -> Self {
        Self {
            now: RwSignal::new(Timestamp::new(OffsetDateTime::UNIX_EPOCH)),
            zone: RwSignal::new(Zone::Unknown),
            rendered_in: StoredValue::new(None),
        }
    }

    /// Switches to the browser's clock and zone after hydration, and updates the clock. Effects run in
    /// the browser only.
    fn start(self) {
        effect(move || {
            self.switch_to_browser();
            let tick = move || self.tick();
            let timer = set_interval_with_handle(tick, TICK_INTERVAL);
            // Browsers suspend the timers of hidden tabs.
            let listener = window_event_listener_untyped("visibilitychange", move |_| tick());
            on_cleanup(move || {
                listener.remove();
                if let Ok(timer) = timer {
                    timer.clear();
                }
            });
        });
    }

    #[cfg(feature = "hydrate")]
    fn switch_to_browser(self) {
        let name = browser::zone_name();
        if name != self.rendered_in.get_value() {
            self.zone.set(Zone::Browser);
            if let Some(name) = name {
                crate::cookies::set(COOKIE, &name);
            }
        }
        self.tick();
    }

    #[cfg(not(feature = "hydrate"))]
    const fn switch_to_browser(self) {}

    fn tick(self) {
        #[cfg(feature = "hydrate")]
        let _ = self.now.try_set(browser::now());
        #[cfg(not(feature = "hydrate"))]
        let _ = self.now;
    }

    /// Returns the values of the document's attributes `data-now` and `data-zone`.
    #[must_use]
    pub fn attributes(self) -> (String, Option<String>) {
        (self.now.get_untracked().to_string(), self.rendered_in.get_value())
    }

    /// Whether the viewer's zone isn't known yet. Tracked.
    #[must_use]
    pub fn is_zone_unknown(self) -> bool {
        self.zone.with(|zone| matches!(zone, Zone::Unknown))
    }

    /// Returns how long ago that was (`5 min ago`); none if it is a week or more. Tracked.
    #[must_use]
    pub fn relative(self, at: Timestamp) -> Option<String> {
        relative(at, self.now.get())
    }

    /// Returns the day in the viewer's zone (`24 Nov 2026`). Tracked.
    #[must_use]
    pub fn day(self, at: Timestamp) -> String {
        day(self.local(at))
    }

    /// Hours and minutes in the viewer's zone (`08:00`). Tracked.
    #[must_use]
    pub fn time(self, at: Timestamp) -> String {
        time(self.local(at))
    }

    /// Returns day, hours and minutes in the viewer's zone (`24 Nov 2026, 08:00`). Tracked.
    #[must_use]
    pub fn minute(self, at: Timestamp) -> String {
        let local = self.local(at);
        format!("{}, {}", day(local), time(local))
    }

    fn local(self, at: Timestamp) -> OffsetDateTime {
        at.inner().to_offset(self.zone.with(|zone| zone.offset(at)))
    }
}
