//! Upper and lower case of any script.

/// The letters without regard to case, for comparing and finding. At the end of a word Greek writes a
/// small sigma of its own; here it is the same as the other one.
pub fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(lower).map(|letter| if letter == 'ς' { 'σ' } else { letter })
}

/// The same letter as a capital, which is more than one letter for some: ß is SS.
pub fn capital(letter: char) -> impl Iterator<Item = char> {
    upper(letter)
}

#[cfg(not(feature = "hydrate"))]
use by_tables::{lower, upper};
#[cfg(feature = "hydrate")]
use in_browser::{lower, upper};

#[cfg(not(feature = "hydrate"))]
mod by_tables {
    pub fn lower(letter: char) -> impl Iterator<Item = char> {
        letter.to_lowercase()
    }

    pub fn upper(letter: char) -> impl Iterator<Item = char> {
        letter.to_uppercase()
    }
}

/// The browser knows all letters itself; the standard library's tables would be 24 KB on every page.
#[cfg(feature = "hydrate")]
mod in_browser {
    use js_sys::JsString;

    pub fn lower(letter: char) -> impl Iterator<Item = char> {
        letters(letter, char::to_ascii_lowercase, JsString::to_lower_case)
    }

    pub fn upper(letter: char) -> impl Iterator<Item = char> {
        letters(letter, char::to_ascii_uppercase, JsString::to_upper_case)
    }

    /// What becomes of a letter, which is never more than three (Unicode, `SpecialCasing.txt`).
    fn letters(
        letter: char,
        ascii: fn(&char) -> char,
        other: fn(&JsString) -> JsString,
    ) -> impl Iterator<Item = char> {
        let mut letters = [None; 3];
        if letter.is_ascii() {
            letters[0] = Some(ascii(&letter));
        } else {
            let changed = String::from(other(&String::from(letter).into()));
            letters.iter_mut().zip(changed.chars()).for_each(|(place, one)| *place = Some(one));
        }
        letters.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::{capital, folded};

    #[test]
    fn case_makes_no_difference_and_neither_does_the_end_of_a_greek_word() {
        for (one, other) in [("Åsa", "åSA"), ("ΟΔΟΣ", "οδος"), ("İ", "i\u{307}"), ("", "")]
        {
            assert!(folded(one).eq(folded(other)), "{one} and {other}");
        }
        assert!(!folded("Ada").eq(folded("Ade")));
    }

    #[test]
    fn a_capital_may_be_more_than_one_letter() {
        for (letter, expected) in
            [('a', "A"), ('é', "É"), ('ß', "SS"), ('ΐ', "\u{399}\u{308}\u{301}"), ('7', "7")]
        {
            assert_eq!(capital(letter).collect::<String>(), expected);
        }
    }
}
