//! The browser's clock and zone.

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

/// Returns the name of the browser's zone.
pub(super) fn zone_name() -> Option<String> {
    let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&options, &"timeZone".into()).ok()?.as_string()
}

/// Returns the server's clock and zone when it rendered the page.
pub(super) fn rendered() -> (Timestamp, Option<String>) {
    let root = document().document_element();
    let attribute = |name| root.as_ref().and_then(|root| root.get_attribute(name));
    let at = attribute("data-now").map(|now| Date::parse(&now)).filter(|now| now.is_finite());
    (at.map_or_else(now, from_milliseconds), attribute("data-zone"))
}

/// Returns the full date, time and zone of an RFC 3339 timestamp (`Tuesday 24 November 2026 at 09:00:00
/// CET`).
#[must_use]
pub fn full(at: &str) -> String {
    let options = JSON::parse(FULL).unwrap_or(JsValue::UNDEFINED);
    Date::new(&at.into()).to_locale_string("en-GB", &options).into()
}
