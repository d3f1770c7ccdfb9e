//! Avatar colours.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A background colour on which initials are readable, in the light and the dark theme.
/// `style/tokens.css` defines the values.
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
    /// All colours, in the order of the colour picker.
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

    /// Returns the colour of an entity with this id for which no colour was chosen.
    #[must_use]
    pub const fn default_for(id: Uuid) -> Self {
        // A UUIDv7 begins with the time and ends with randomness.
        let [.., last] = id.into_bytes();
        Self::ALL[(last % 8) as usize]
    }

    /// Returns the colour's number in `style/tokens.css`, from 1 to 8.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Returns the colour's name in the user interface.
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
    fn default_colours_cover_the_whole_palette() {
        for byte in 0..=u8::MAX {
            let mut bytes = [0; 16];
            bytes[15] = byte;
            let colour = Colour::default_for(Uuid::from_bytes(bytes));
            assert_eq!(colour.number(), byte % 8 + 1);
            assert_eq!(Colour::ALL[usize::from(byte % 8)], colour);
        }
    }
}
