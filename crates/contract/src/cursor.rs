//! Positions in the activity log, and the cursors that readers resume from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A position in commit order: the id of an activity. The log's single writer assigns them.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[serde(transparent)]
pub struct Position(pub i64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Identifies one unbroken log. Written as eight lowercase hexadecimal digits.
///
/// A rebuilt log has a new epoch, so that cursors of the former log aren't accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(u32);

impl Epoch {
    /// Makes an epoch from its number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Returns its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let canonical =
            text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !canonical {
            return Err(InvalidCursor);
        }
        u32::from_str_radix(text, 16).map(Self).map_err(|_| InvalidCursor)
    }
}

/// The position up to which a reader has received a log.
///
/// Written `<epoch>.<position>`, such as `5f3a9c1e.10482`. It is the event id of the stream and
/// returns in `Last-Event-ID` (WHATWG HTML 9.2.4). Only the canonical form parses: no sign, no
/// leading zeros, no capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The log that the position belongs to.
    pub epoch: Epoch,
    /// The last position that was received.
    pub position: Position,
}

/// The text isn't a cursor in canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is written as <8 hexadecimal digits>.<position>")]
pub struct InvalidCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.position)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (epoch, position) = text.split_once('.').ok_or(InvalidCursor)?;
        let digits = !position.is_empty() && position.bytes().all(|b| b.is_ascii_digit());
        let canonical = digits && (position == "0" || !position.starts_with('0'));
        if !canonical {
            return Err(InvalidCursor);
        }
        let position = position.parse().map_err(|_| InvalidCursor)?;
        Ok(Self { epoch: epoch.parse()?, position: Position(position) })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cursor_survives_a_round_trip_through_text(epoch: u32, position in 0..=i64::MAX) {
            let cursor = Cursor { epoch: Epoch::new(epoch), position: Position(position) };
            let text = cursor.to_string();
            prop_assert!(text.len() < 64 && text.is_ascii());
            prop_assert_eq!(text.parse(), Ok(cursor));
        }

        #[test]
        fn only_the_canonical_form_parses(text in "\\PC{0,40}") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string(), text);
            }
        }
    }

    #[test]
    fn malformed_cursors_are_refused() {
        let malformed = [
            "",
            ".",
            "5f3a9c1e",
            "5f3a9c1e.",
            ".12",
            "5f3a9c1e.-1",
            "5f3a9c1e.+1",
            "5F3A9C1E.1",
            "5f3a9c1.1",
            "5f3a9c1e.1.2",
            "5f3a9c1e.01",
            "5f3a9c1e.9223372036854775808",
            "now",
            "5f3a9c1e.1 ",
            "+f3a9c1e.1",
        ];
        for text in malformed {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text:?}");
        }
    }
}
