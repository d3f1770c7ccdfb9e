//! A key of a name. Names that look alike have the same one.

use contract::Name;
use sha2::{Digest, Sha256};
use unicode_security::confusable_detection::skeleton;

/// A hash of a name's skeleton (Unicode UTS 39, section 4) without case, spaces at the ends and characters
/// that nobody sees. "Ada" and "Аda" with a Cyrillic А have the same one.
///
/// A hash, because a skeleton can be longer than an index of Postgres takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Look([u8; 16]);

impl Look {
    /// The look of a name.
    #[must_use]
    pub fn of(name: &Name) -> Self {
        let hash = Sha256::digest(text_of(name).as_bytes());
        let mut start = [0; 16];
        start.copy_from_slice(&hash[..16]);
        Self(start)
    }

    /// As it is stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn text_of(name: &Name) -> String {
    let visible: String = name.as_str().chars().filter(|c| !is_invisible(*c)).collect();
    let skeleton: String = skeleton(&visible).flat_map(char::to_lowercase).collect();
    skeleton.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Joiners, variation selectors and tags: names may have them, and they don't tell two apart.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200C}'..='\u{200D}'
            | '\u{180B}'..='\u{180D}'
            | '\u{180F}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{E0020}'..='\u{E007F}'
            | '\u{E0100}'..='\u{E01EF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_of(name: &str) -> Look {
        Look::of(&Name::parse(name).unwrap())
    }

    #[test]
    fn names_that_look_alike_have_one_look() {
        for (one, other) in [
            ("Ada Lovelace", "Аda Lоvelace"), // Cyrillic А and о
            ("paypal", "paypaI"),
            ("Ada", "ADA"),
            ("Ada King", "Ada\u{A0}\u{2003}King"),
            ("日本", "日\u{200D}本"),
            ("Zoë", "Zoe\u{308}"),
            ("Michael", "𝐌ichael"),
            ("Bob 100", "Bob 1OO"),
        ] {
            assert_eq!(look_of(one), look_of(other), "{one} and {other}");
        }
        for (one, other) in [("Ada", "Ade"), ("Zoë", "Zoe"), ("Иван", "Ivan"), ("李", "王")]
        {
            assert_ne!(look_of(one), look_of(other), "{one} and {other}");
        }
    }

    /// Stored looks are compared with new ones. When this fails, add a migration that sets `look` to null in
    /// `member_names`, and write the new edition and hash here.
    #[test]
    fn stored_looks_are_those_that_are_computed() {
        assert_eq!(unicode_security::UNICODE_VERSION, (18, 0, 0));
        assert_eq!(hex::encode(look_of("Аda Lovelace 10").0), "5ec0c67034a7ca87dba1404e3fca8603");
    }
}
