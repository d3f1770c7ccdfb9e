//! Values as the wire writes them.

use serde::Serialize;
use serde_json::Value;

/// The text that a value without parts is on the wire, such as a code, a role or a moment.
///
/// # Panics
/// When the value isn't a text there, which is up to its type.
pub fn text(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        other => panic!("not a text on the wire: {other:?}"),
    }
}
