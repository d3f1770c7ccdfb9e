//! Upper and lower case of any script.

/// The letters without regard to case, for comparing and finding. At the end of a word Greek writes a
/// small sigma of its own; here it is the same as the other one.
pub fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(lower).map(|letter| if letter == 'ς' { 'σ' } else { letter })
}

#[cfg(not(feature = "browser"))]
fn lower(letter: char) -> impl Iterator<Item = char> {
    letter.to_lowercase()
}

/// The same letter as a capital, which is more than one letter for some: ß is SS.
#[cfg(not(feature = "browser"))]
pub fn capital(letter: char) -> impl Iterator<Item = char> {
    letter.to_uppercase()
}

#[cfg(feature = "browser")]
use in_browser::lower;

#[cfg(feature = "browser")]
pub use in_browser::capital;

/// The browser knows all letters itself; the standard library's tables would be 24 KB on every page.
#[cfg(feature = "browser")]
mod in_browser {
    use std::cell::RefCell;

    use js_sys::JsString;

    /// Never more than three (Unicode, `SpecialCasing.txt`).
    type Letters = [Option<char>; 3];

    thread_local! {
        /// What the browser answered, by letter: thousands of names have few letters, and are compared
        /// again and again.
        static KNOWN: RefCell<Vec<(char, Letters)>> = const { RefCell::new(Vec::new()) };
    }

    pub fn lower(letter: char) -> impl Iterator<Item = char> {
        let letters = if letter.is_ascii() {
            [Some(letter.to_ascii_lowercase()), None, None]
        } else {
            KNOWN.with_borrow_mut(|known| {
                match known.binary_search_by_key(&letter, |(its, _)| *its) {
                    Ok(place) => known[place].1,
                    Err(place) => {
                        let letters = changed(letter, JsString::to_lower_case);
                        known.insert(place, (letter, letters));
                        letters
                    }
                }
            })
        };
        letters.into_iter().flatten()
    }

    /// The same letter as a capital, which is more than one letter for some: ß is SS.
    pub fn capital(letter: char) -> impl Iterator<Item = char> {
        changed(letter, JsString::to_upper_case).into_iter().flatten()
    }

    fn changed(letter: char, change: fn(&JsString) -> JsString) -> Letters {
        let mut letters = Letters::default();
        let changed = String::from(change(&String::from(letter).into()));
        letters.iter_mut().zip(changed.chars()).for_each(|(place, one)| *place = Some(one));
        letters
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
