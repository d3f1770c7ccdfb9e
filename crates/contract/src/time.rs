//! Timestamps: RFC 3339 in UTC on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// A point in time, written as RFC 3339 in UTC (`2026-11-24T08:00:00Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(#[serde(with = "time::serde::rfc3339")] OffsetDateTime);

/// The same format as on the wire.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Timestamp {
    /// Converts the time to UTC.
    #[must_use]
    pub fn new(at: OffsetDateTime) -> Self {
        Self(at.to_offset(time::UtcOffset::UTC))
    }

    /// Returns the time for arithmetic and formatting.
    #[must_use]
    pub const fn inner(self) -> OffsetDateTime {
        self.0
    }

    /// Returns the time that is `by` later, at most the last one that can be represented.
    #[must_use]
    pub const fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

/// How Postgres stores times. The values that no calendar can show, such as `infinity`, become the
/// nearest one that it can: a row with such a value must not make a list or a session unreadable.
#[cfg(feature = "sqlx")]
mod sql {
    use sqlx::encode::IsNull;
    use sqlx::error::BoxDynError;
    use sqlx::postgres::{
        PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, Postgres,
    };
    use sqlx::{Decode, Encode, Type};
    use time::macros::datetime;
    use time::{Duration, OffsetDateTime};

    use super::Timestamp;

    /// The zero of Postgres' clock, which counts microseconds.
    const POSTGRES_EPOCH: OffsetDateTime = datetime!(2000-01-01 00:00 UTC);

    /// The first and the last time that the schema accepts (migration 70).
    const FIRST: OffsetDateTime = datetime!(0001-01-01 00:00 UTC);
    const LAST: OffsetDateTime = datetime!(8999-12-31 23:59:59.999999 UTC);

    impl Type<Postgres> for Timestamp {
        fn type_info() -> PgTypeInfo {
            OffsetDateTime::type_info()
        }
    }

    impl PgHasArrayType for Timestamp {
        fn array_type_info() -> PgTypeInfo {
            OffsetDateTime::array_type_info()
        }
    }

    impl Encode<'_, Postgres> for Timestamp {
        fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
            self.0.encode_by_ref(buffer)
        }
    }

    impl<'r> Decode<'r, Postgres> for Timestamp {
        fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
            match value.format() {
                PgValueFormat::Binary => {
                    let microseconds = <i64 as Decode<Postgres>>::decode(value)?;
                    Ok(from_postgres(microseconds))
                }
                PgValueFormat::Text => match value.as_str()? {
                    "infinity" => Ok(Self(LAST)),
                    "-infinity" => Ok(Self(FIRST)),
                    _ => OffsetDateTime::decode(value).map(Self::new),
                },
            }
        }
    }

    fn from_postgres(microseconds: i64) -> Timestamp {
        let since_epoch = Duration::microseconds(microseconds);
        Timestamp(POSTGRES_EPOCH.saturating_add(since_epoch).clamp(FIRST, LAST))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn infinite_times_become_the_nearest_calendar_times() {
            for (microseconds, text) in [
                (0, "2000-01-01T00:00:00Z"),
                (-1, "1999-12-31T23:59:59.999999Z"),
                // `infinity`, `-infinity`, and the last time of Postgres' calendar.
                (i64::MAX, "8999-12-31T23:59:59.999999Z"),
                (i64::MIN, "0001-01-01T00:00:00Z"),
                (9_223_371_331_199_999_999, "8999-12-31T23:59:59.999999Z"),
            ] {
                assert_eq!(from_postgres(microseconds).to_string(), text);
            }
        }

        #[test]
        fn arithmetic_ends_at_the_last_time() {
            let last = from_postgres(i64::MAX);
            assert!(last.plus(Duration::MAX) > last);
        }
    }
}
