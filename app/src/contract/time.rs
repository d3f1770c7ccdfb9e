//! Moments on the wire: RFC 3339, UTC.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// A moment, written as RFC 3339 in UTC (`2026-11-24T08:00:00Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
#[serde(transparent)]
pub struct Timestamp(#[serde(with = "time::serde::rfc3339")] OffsetDateTime);

impl Timestamp {
    /// The moment that `at` names, in UTC.
    #[must_use]
    pub fn new(at: OffsetDateTime) -> Self {
        Self(at.to_offset(time::UtcOffset::UTC))
    }

    /// The moment for arithmetic.
    #[must_use]
    pub const fn inner(self) -> OffsetDateTime {
        self.0
    }

    /// The moment `by` later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0 + by)
    }

    /// The minute, as a person reads it (`24 Nov 2026, 08:05 UTC`).
    #[must_use]
    pub fn minute(self) -> String {
        format!("{}, {:02}:{:02} UTC", self.day(), self.0.hour(), self.0.minute())
    }

    /// The day, as a person reads it (`24 Nov 2026`). The same on both sides, whatever the locale.
    #[must_use]
    pub fn day(self) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = MONTHS[usize::from(u8::from(self.0.month())) - 1];
        format!("{} {month} {}", self.0.day(), self.0.year())
    }
}
