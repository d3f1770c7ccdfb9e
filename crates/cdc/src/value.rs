//! Values as JSON: Postgres' text format, read by the type of the column.

use contract::Timestamp;
use serde_json::{Number, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// OIDs of built-in types, which are the same in every Postgres.
mod oid {
    pub const BOOL: u32 = 16;
    pub const INT8: u32 = 20;
    pub const INT2: u32 = 21;
    pub const INT4: u32 = 23;
    pub const JSON: u32 = 114;
    pub const FLOAT4: u32 = 700;
    pub const FLOAT8: u32 = 701;
    pub const TIMESTAMPTZ: u32 = 1184;
    pub const JSONB: u32 = 3802;
}

/// The value that `text` is, for a column of that type.
///
/// Never fails: what JSON has no value for (`infinity`, a type we don't know) stays the text that
/// Postgres wrote, so that an odd value can't stop the log.
pub fn json(type_oid: u32, text: &str) -> Value {
    let typed = match type_oid {
        oid::BOOL => boolean(text),
        oid::INT2 | oid::INT4 | oid::INT8 => text.parse::<i64>().ok().map(Value::from),
        oid::FLOAT4 | oid::FLOAT8 => {
            text.parse().ok().and_then(Number::from_f64).map(Value::Number)
        }
        oid::TIMESTAMPTZ => timestamp(text),
        oid::JSON | oid::JSONB => serde_json::from_str(text).ok(),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::from(text))
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "t" => Some(Value::Bool(true)),
        "f" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// The ISO style, which the connection asks for: `2026-11-24 08:00:00.5+00`.
const ISO: &[BorrowedFormatItem<'_>] = format_description!(
    version = 2,
    "[year]-[month]-[day] [hour]:[minute]:[second][optional [.[subsecond]]]\
     [offset_hour sign:mandatory][optional [:[offset_minute]]][optional [:[offset_second]]]"
);

fn timestamp(text: &str) -> Option<Value> {
    let at = OffsetDateTime::parse(text, ISO).ok()?;
    serde_json::to_value(Timestamp::new(at)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_type_has_its_json() {
        assert_eq!(json(oid::BOOL, "t"), json!(true));
        assert_eq!(json(oid::BOOL, "f"), json!(false));
        assert_eq!(json(oid::INT2, "-7"), json!(-7));
        assert_eq!(json(oid::INT4, "7"), json!(7));
        assert_eq!(json(oid::INT8, "9223372036854775807"), json!(i64::MAX));
        assert_eq!(json(oid::FLOAT8, "1.5"), json!(1.5));
        assert_eq!(json(oid::FLOAT8, "1e+300"), json!(1e300));
        assert_eq!(json(oid::JSONB, r#"{"a": [1]}"#), json!({"a": [1]}));
        assert_eq!(json(25, "7"), json!("7"));
        assert_eq!(
            json(2950, "018f4c1e-7b1a-7000-8000-000000000001"),
            json!("018f4c1e-7b1a-7000-8000-000000000001")
        );
    }

    #[test]
    fn moments_are_rfc_3339_in_utc_whatever_the_offset() {
        for (text, expected) in [
            ("2026-11-24 08:00:00+00", "2026-11-24T08:00:00Z"),
            ("2026-11-24 08:00:00.5+00", "2026-11-24T08:00:00.5Z"),
            ("2026-11-24 08:00:00.123456+00", "2026-11-24T08:00:00.123456Z"),
            ("2026-11-24 13:30:00+05:30", "2026-11-24T08:00:00Z"),
            ("2026-11-24 00:00:00-08", "2026-11-24T08:00:00Z"),
            ("1890-01-01 00:00:00+00:53:28", "1889-12-31T23:06:32Z"),
        ] {
            assert_eq!(json(oid::TIMESTAMPTZ, text), json!(expected), "{text}");
        }
    }

    #[test]
    fn what_json_has_no_value_for_stays_text() {
        for (type_oid, text) in [
            (oid::TIMESTAMPTZ, "infinity"),
            (oid::TIMESTAMPTZ, "-infinity"),
            (oid::TIMESTAMPTZ, "10000-01-01 00:00:00+00"),
            (oid::TIMESTAMPTZ, "0044-03-15 00:00:00+00 BC"),
            (oid::FLOAT8, "NaN"),
            (oid::FLOAT8, "Infinity"),
            (1700, "12345678901234567890.5"),
            (12345, "custom"),
        ] {
            assert_eq!(json(type_oid, text), json!(text), "{text}");
        }
    }
}
