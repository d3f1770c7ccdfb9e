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

use std::time::Duration;

use leptos::prelude::*;
use time::{OffsetDateTime, UtcOffset};

#[cfg(feature = "ssr")]
use crate::cookies;
use client::effect::effect;
use contract::Timestamp;

/// The cookie with the name of the viewer's zone, such as `Europe/Berlin`.
const COOKIE: &str = "tributary_zone";

/// How often relative times are updated.
const TICK_INTERVAL: Duration = Duration::from_secs(15);

/// The zone in which times are shown.
#[derive(Clone, Debug)]
enum Zone {
    /// The viewer's zone isn't known: UTC is used.
    Unknown,
    /// The viewer's zone, from the cookie.
    #[cfg(feature = "ssr")]
    Named(jiff::tz::TimeZone),
    /// The browser's zone.
    #[cfg(feature = "hydrate")]
    Browser,
}

impl Zone {
    /// The zone's offset from UTC at that time.
    fn offset(&self, at: Timestamp) -> UtcOffset {
        let seconds = match self {
            Self::Unknown => 0,
            #[cfg(feature = "ssr")]
            Self::Named(zone) => {
                let at = jiff::Timestamp::from_second(at.inner().unix_timestamp());
                at.map_or(0, |at| zone.to_offset(at).seconds())
            }
            #[cfg(feature = "hydrate")]
            Self::Browser => browser::seconds_from_utc(at),
        };
        UtcOffset::from_whole_seconds(seconds).unwrap_or(UtcOffset::UTC)
    }
}

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

    /// The context of this page.
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

    /// The values of the document's attributes `data-now` and `data-zone`.
    #[must_use]
    pub fn attributes(self) -> (String, Option<String>) {
        (self.now.get_untracked().to_string(), self.rendered_in.get_value())
    }

    /// Whether the viewer's zone isn't known yet. Tracked.
    #[must_use]
    pub fn is_zone_unknown(self) -> bool {
        self.zone.with(|zone| matches!(zone, Zone::Unknown))
    }

    /// How long ago that was (`5 min ago`); none if it is a week or more. Tracked.
    #[must_use]
    pub fn relative(self, at: Timestamp) -> Option<String> {
        relative(at, self.now.get())
    }

    /// The day in the viewer's zone (`24 Nov 2026`). Tracked.
    #[must_use]
    pub fn day(self, at: Timestamp) -> String {
        day(self.local(at))
    }

    /// Hours and minutes in the viewer's zone (`08:00`). Tracked.
    #[must_use]
    pub fn time(self, at: Timestamp) -> String {
        time(self.local(at))
    }

    /// Day, hours and minutes in the viewer's zone (`24 Nov 2026, 08:00`). Tracked.
    #[must_use]
    pub fn minute(self, at: Timestamp) -> String {
        let local = self.local(at);
        format!("{}, {}", day(local), time(local))
    }

    fn local(self, at: Timestamp) -> OffsetDateTime {
        at.inner().to_offset(self.zone.with(|zone| zone.offset(at)))
    }
}

/// How long before `now` that was; none if it is a week or more.
fn relative(at: Timestamp, now: Timestamp) -> Option<String> {
    let minutes = (now.inner() - at.inner()).whole_minutes();
    Some(match minutes {
        // Clocks differ, so a time may seem to be in the future.
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "1 day ago".to_owned(),
        2880..10080 => format!("{} days ago", minutes / 1440),
        _ => return None,
    })
}

fn day(at: OffsetDateTime) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS[usize::from(u8::from(at.month())) - 1];
    format!("{} {month} {}", at.day(), at.year())
}

fn time(at: OffsetDateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

#[cfg(feature = "hydrate")]
pub use browser::full;

#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::{Array, Date, Intl, JSON, Object, Reflect};
    use leptos::prelude::document;
    use time::OffsetDateTime;
    use wasm_bindgen::JsValue;

    use contract::Timestamp;

    /// Day of the week, date, time and zone. English, as everything on the page.
    const FULL: &str = r#"{"weekday":"long","day":"numeric","month":"long","year":"numeric","hour":"2-digit","minute":"2-digit","second":"2-digit","timeZoneName":"short"}"#;

    pub(super) fn now() -> Timestamp {
        from_milliseconds(Date::now())
    }

    fn from_milliseconds(milliseconds: f64) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
        let nanoseconds = milliseconds as i128 * 1_000_000;
        let at = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds);
        Timestamp::new(at.unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    fn date(at: Timestamp) -> Date {
        Date::new(&(at.inner().unix_timestamp() as f64 * 1000.0).into())
    }

    pub(super) fn seconds_from_utc(at: Timestamp) -> i32 {
        #[expect(clippy::cast_possible_truncation, reason = "minutes of a day")]
        let minutes = date(at).get_timezone_offset() as i32;
        -60 * minutes
    }

    /// The name of the browser's zone.
    pub(super) fn zone_name() -> Option<String> {
        let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
        Reflect::get(&options, &"timeZone".into()).ok()?.as_string()
    }

    /// The server's clock and zone when it rendered the page.
    pub(super) fn rendered() -> (Timestamp, Option<String>) {
        let root = document().document_element();
        let attribute = |name| root.as_ref().and_then(|root| root.get_attribute(name));
        let at = attribute("data-now").map(|now| Date::parse(&now)).filter(|now| now.is_finite());
        (at.map_or_else(now, from_milliseconds), attribute("data-zone"))
    }

    /// The full date, time and zone of an RFC 3339 timestamp
    /// (`Tuesday 24 November 2026 at 09:00:00 CET`).
    #[must_use]
    pub fn full(at: &str) -> String {
        let options = JSON::parse(FULL).unwrap_or(JsValue::UNDEFINED);
        Date::new(&at.into()).to_locale_string("en-GB", &options).into()
    }
}

#[cfg(test)]
mod tests {
    use ::time::Duration;
    use ::time::macros::datetime;

    use super::*;

    #[test]
    fn recent_times_are_relative_in_the_largest_unit_that_fits() {
        let at = Timestamp::new(datetime!(2026-11-24 08:00 UTC));
        for (later, text) in [
            (Duration::seconds(-90), "just now"),
            (Duration::seconds(59), "just now"),
            (Duration::seconds(60), "1 min ago"),
            (Duration::minutes(59), "59 min ago"),
            (Duration::minutes(119), "1 h ago"),
            (Duration::hours(23), "23 h ago"),
            (Duration::hours(47), "1 day ago"),
            (Duration::hours(48), "2 days ago"),
            (Duration::days(6), "6 days ago"),
        ] {
            assert_eq!(relative(at, at.plus(later)).as_deref(), Some(text));
        }
    }

    #[test]
    fn times_of_a_week_ago_or_more_are_shown_as_the_day() {
        let at = Timestamp::new(datetime!(2026-11-24 08:00 UTC));
        assert_eq!(relative(at, at.plus(Duration::days(7))), None);
        assert_eq!(day(at.inner()), "24 Nov 2026");
        assert_eq!(time(at.inner()), "08:00");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn day_depends_on_the_zone_and_its_daylight_saving_time() {
        let shown = |zone: &str, at| {
            let zone = Zone::Named(jiff::tz::TimeZone::get(zone).unwrap());
            let at = Timestamp::new(at);
            let local = at.inner().to_offset(zone.offset(at));
            format!("{}, {}", day(local), time(local))
        };
        let winter = datetime!(2026-11-24 23:30 UTC);
        assert_eq!(shown("Europe/Berlin", winter), "25 Nov 2026, 00:30");
        assert_eq!(shown("America/New_York", winter), "24 Nov 2026, 18:30");
        assert_eq!(shown("Asia/Kolkata", winter), "25 Nov 2026, 05:00");
        assert_eq!(shown("Europe/Berlin", datetime!(2026-07-01 21:59 UTC)), "1 Jul 2026, 23:59");
    }
}
