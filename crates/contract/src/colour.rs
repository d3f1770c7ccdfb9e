//! The colour of an avatar.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One of a few on which initials can be read, in light and in dark: `style/tokens.css` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "lowercase")
)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// `--avatar-1`
    Teal,
    /// `--avatar-2`
    Violet,
    /// `--avatar-3`
    Rose,
    /// `--avatar-4`
    Green,
    /// `--avatar-5`
    Amber,
    /// `--avatar-6`
    Blue,
    /// `--avatar-7`
    Olive,
    /// `--avatar-8`
    Slate,
}

impl Colour {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Teal,
        Self::Violet,
        Self::Rose,
        Self::Green,
        Self::Amber,
        Self::Blue,
        Self::Olive,
        Self::Slate,
    ];

    /// The one of whatever has this id, as long as nobody chose another.
    #[must_use]
    pub const fn following(id: Uuid) -> Self {
        // A UUIDv7 begins with the time and ends with randomness.
        let [.., last] = id.into_bytes();
        Self::ALL[(last % 8) as usize]
    }

    /// Its place in the tokens, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Teal => "Teal",
            Self::Violet => "Violet",
            Self::Rose => "Rose",
            Self::Green => "Green",
            Self::Amber => "Amber",
            Self::Blue => "Blue",
            Self::Olive => "Olive",
            Self::Slate => "Slate",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_one_of_all_the_colours() {
        for byte in 0..=u8::MAX {
            let mut bytes = [0; 16];
            bytes[15] = byte;
            let colour = Colour::following(Uuid::from_bytes(bytes));
            assert_eq!(colour.number(), byte % 8 + 1);
            assert_eq!(Colour::ALL[usize::from(byte % 8)], colour);
        }
    }
}
