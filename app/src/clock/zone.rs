//! The zone in which a page shows times.

use time::UtcOffset;

use contract::Timestamp;

/// The zone in which times are shown.
#[derive(Clone, Debug)]
pub(super) enum Zone {
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
    /// Returns the zone's offset from UTC at that time.
    pub(super) fn offset(&self, at: Timestamp) -> UtcOffset {
        let seconds = match self {
            Self::Unknown => 0,
            #[cfg(feature = "ssr")]
            Self::Named(zone) => {
                let at = jiff::Timestamp::from_second(at.inner().unix_timestamp());
                at.map_or(0, |at| zone.to_offset(at).seconds())
            }
            #[cfg(feature = "hydrate")]
            Self::Browser => super::browser::seconds_from_utc(at),
        };
        UtcOffset::from_whole_seconds(seconds).unwrap_or(UtcOffset::UTC)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use ::time::macros::datetime;

    use super::*;
    use crate::clock::format::{day, time};

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
