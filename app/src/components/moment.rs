//! When something was, as people say it.

use std::time::Duration;

use leptos::prelude::*;
use time::OffsetDateTime;

use super::counted;
use client::effect::effect;
use contract::Timestamp;

/// How often what is shown is brought up to date.
const REFRESH: Duration = Duration::from_secs(30);

/// How long ago it was. The server, which doesn't know what the reader's clock says, shows the
/// moment itself; so does the first paint.
#[component]
pub fn Moment(
    /// When.
    #[prop(into)]
    at: Signal<Timestamp>,
) -> impl IntoView {
    let now = RwSignal::new(None::<Timestamp>);
    effect(move || {
        now.set(current());
        let ticking = set_interval_with_handle(
            move || {
                let _ = now.try_set(current());
            },
            REFRESH,
        );
        on_cleanup(move || {
            if let Ok(ticking) = ticking {
                ticking.clear();
            }
        });
    });
    let text = move || {
        let at = at.get();
        now.get().map_or_else(|| at.minute(), |now| ago(at, now))
    };
    view! { <time datetime=move || at.get().to_string() title=move || at.get().minute()>{move || text()}</time> }
        .into_any()
}

/// How long before `now` that was; the day, once it is long ago.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = (now.inner() - at.inner()).whole_minutes();
    let count = |number: i64, unit: &str| format!("{} ago", counted(number, unit));
    match minutes {
        // Clocks differ: what comes from the future is now as well.
        ..1 => "just now".to_owned(),
        1..60 => count(minutes, "minute"),
        60..1440 => count(minutes / 60, "hour"),
        1440..20160 => count(minutes / 1440, "day"),
        _ => format!("on {}", at.day()),
    }
}

/// What the reader's clock says; nothing on a server.
#[must_use]
pub fn current() -> Option<Timestamp> {
    let milliseconds = clock()?;
    OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000).ok().map(Timestamp::new)
}

/// Hours and minutes of the moment where the reader is.
#[cfg(feature = "hydrate")]
#[must_use]
pub fn time_of_day(at: Timestamp) -> String {
    let milliseconds = at.inner().unix_timestamp() as f64 * 1000.0;
    let local = js_sys::Date::new(&milliseconds.into());
    format!("{:02}:{:02}", local.get_hours(), local.get_minutes())
}

/// Hours and minutes of the moment.
#[cfg(not(feature = "hydrate"))]
#[must_use]
pub fn time_of_day(at: Timestamp) -> String {
    at.time()
}

#[cfg(feature = "hydrate")]
fn clock() -> Option<i128> {
    Some(js_sys::Date::now() as i128)
}

#[cfg(not(feature = "hydrate"))]
const fn clock() -> Option<i128> {
    None
}

#[cfg(test)]
mod tests {
    use ::time::Duration;
    use ::time::macros::datetime;

    use super::*;

    #[test]
    fn how_long_ago_it_was_is_told_in_the_largest_unit_that_fits() {
        let at = Timestamp::new(datetime!(2026-11-24 08:00 UTC));
        for (later, told) in [
            (Duration::seconds(-90), "just now"),
            (Duration::seconds(59), "just now"),
            (Duration::seconds(60), "1 minute ago"),
            (Duration::minutes(59), "59 minutes ago"),
            (Duration::minutes(119), "1 hour ago"),
            (Duration::hours(47), "1 day ago"),
            (Duration::days(13), "13 days ago"),
            (Duration::days(14), "on 24 Nov 2026"),
        ] {
            assert_eq!(ago(at, at.plus(later)), told);
        }
    }
}
