//! Converts values to their text on the wire.

use serde::Serialize;
use serde_json::Value;

/// Returns the text of a value that is a JSON string on the wire, such as a code, a role or a
/// timestamp.
///
/// # Panics
/// When the value's type isn't a JSON string.
pub fn to_text(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        other => panic!("not a text on the wire: {other:?}"),
    }
}
