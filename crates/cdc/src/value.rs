//! Converts values from Postgres' text format to JSON, by the type of their column.

use contract::Timestamp;
use serde_json::{Number, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// OIDs of built-in types, which are fixed in Postgres.
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

/// Converts the text of a value of the type `type_oid`.
///
/// Never fails: a value that JSON can't represent (`infinity`, an unknown type) stays a string with
/// Postgres' text, so that no value can stop the log.
pub fn to_json(type_oid: u32, text: &str) -> Value {
    let typed = match type_oid {
        oid::BOOL => parse_boolean(text),
        oid::INT2 | oid::INT4 | oid::INT8 => text.parse::<i64>().ok().map(Value::from),
        oid::FLOAT4 | oid::FLOAT8 => {
            text.parse().ok().and_then(Number::from_f64).map(Value::Number)
        }
        oid::TIMESTAMPTZ => parse_timestamp(text),
        oid::JSON | oid::JSONB => serde_json::from_str(text).ok(),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::from(text))
}

fn parse_boolean(text: &str) -> Option<Value> {
    match text {
        "t" => Some(Value::Bool(true)),
        "f" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// `datestyle = ISO`, which the connection requests: `2026-11-24 08:00:00.5+00`.
const ISO: &[BorrowedFormatItem<'_>] = format_description!(
    version = 2,
    "[year]-[month]-[day] [hour]:[minute]:[second][optional [.[subsecond]]]\
     [offset_hour sign:mandatory][optional [:[offset_minute]]][optional [:[offset_second]]]"
);

fn parse_timestamp(text: &str) -> Option<Value> {
    let at = OffsetDateTime::parse(text, ISO).ok()?;
    serde_json::to_value(Timestamp::new(at)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_converted_to_json() {
        assert_eq!(to_json(oid::BOOL, "t"), json!(true));
        assert_eq!(to_json(oid::BOOL, "f"), json!(false));
        assert_eq!(to_json(oid::INT2, "-7"), json!(-7));
        assert_eq!(to_json(oid::INT4, "7"), json!(7));
        assert_eq!(to_json(oid::INT8, "9223372036854775807"), json!(i64::MAX));
        assert_eq!(to_json(oid::FLOAT8, "1.5"), json!(1.5));
        assert_eq!(to_json(oid::FLOAT8, "1e+300"), json!(1e300));
        assert_eq!(to_json(oid::JSONB, r#"{"a": [1]}"#), json!({"a": [1]}));
        assert_eq!(to_json(25, "7"), json!("7"));
        assert_eq!(
            to_json(2950, "018f4c1e-7b1a-7000-8000-000000000001"),
            json!("018f4c1e-7b1a-7000-8000-000000000001")
        );
    }

    #[test]
    fn timestamps_are_rfc_3339_in_utc() {
        for (text, expected) in [
            ("2026-11-24 08:00:00+00", "2026-11-24T08:00:00Z"),
            ("2026-11-24 08:00:00.5+00", "2026-11-24T08:00:00.5Z"),
            ("2026-11-24 08:00:00.123456+00", "2026-11-24T08:00:00.123456Z"),
            ("2026-11-24 13:30:00+05:30", "2026-11-24T08:00:00Z"),
            ("2026-11-24 00:00:00-08", "2026-11-24T08:00:00Z"),
            ("1890-01-01 00:00:00+00:53:28", "1889-12-31T23:06:32Z"),
        ] {
            assert_eq!(to_json(oid::TIMESTAMPTZ, text), json!(expected), "{text}");
        }
    }

    #[test]
    fn values_without_json_equivalent_stay_text() {
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
            assert_eq!(to_json(type_oid, text), json!(text), "{text}");
        }
    }
}
