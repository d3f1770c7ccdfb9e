//! Checks the characters of a text of one line, such as a name. Refuses characters that make it look like
//! another text or can't be seen. Migrations 101 and 171 have the same rules in SQL, for the domain `line_text`.
//!
//! Emoji and some scripts need characters that show nothing by themselves. They are allowed after a
//! character that they can change, and nowhere else:
//!
//! - the joiners U+200C and U+200D in emoji of several people, Persian, and Indic scripts. In
//!   Latin, Greek and Cyrillic they would only hide that two names differ.
//! - variation selectors in emoji, and in Chinese, Japanese and Mongolian names.
//! - tags in the flags of England, Scotland and Wales.

use super::{InvalidText, invalid};

/// Checks the characters of a text without white space around it.
///
/// # Errors
/// When it has control characters, or others that can't be seen or turn the writing direction.
pub(crate) fn check_characters(text: &str) -> Result<(), InvalidText> {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        let message = "Remove control characters, such as tabs and line breaks.";
        return Err(invalid("invalid", message));
    }
    let mut former = None;
    for character in text.chars() {
        if !is_visible_after(character, former) {
            let message =
                "Remove characters that can't be seen or that turn the writing direction.";
            return Err(invalid("invalid", message));
        }
        former = Some(character);
    }
    Ok(())
}

fn is_visible_after(character: char, former: Option<char>) -> bool {
    match character {
        '\u{200C}' | '\u{200D}' => {
            former.is_some_and(|c| c >= SCRIPTS_WITH_JOINERS && !is_blank(c))
        }
        _ if is_variation_selector(character) => former.is_some_and(has_variations),
        '\u{E0020}'..='\u{E007F}' => {
            former.is_some_and(|c| matches!(c, '\u{1F3F4}' | '\u{E0020}'..='\u{E007E}'))
        }
        _ => !is_hidden(character) && !is_noncharacter(character),
    }
}

/// Armenian is the first block after Latin, Greek and Cyrillic.
const SCRIPTS_WITH_JOINERS: char = '\u{530}';

const fn is_variation_selector(character: char) -> bool {
    matches!(
        character,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'
    )
}

const fn has_variations(character: char) -> bool {
    match character {
        '0'..='9' | '#' | '*' | '\u{A9}' | '\u{AE}' => true,
        // Punctuation that is an emoji too.
        '\u{203C}' | '\u{2049}' => true,
        _ => {
            character as u32 >= SCRIPTS_WITH_JOINERS as u32
                && !is_blank(character)
                && !is_variation_selector(character)
        }
    }
}

/// Whether a character is a space or formats in the block of punctuation.
const fn is_blank(character: char) -> bool {
    matches!(character, '\u{1680}' | '\u{2000}'..='\u{206F}' | '\u{3000}')
}

/// Whether a character shows nothing or turns the writing direction wherever it is. These are the default
/// ignorable characters (Unicode, `DerivedCoreProperties.txt`) that no name needs, blanks that aren't
/// spaces, marks of annotations and of embedded objects, and the fillers, joiners and layout controls of
/// scripts that are only transcribed.
const fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180E}'
            | '\u{200B}'
            | '\u{200E}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFC}'
            | '\u{1107F}'
            | '\u{13430}'..='\u{1345F}'
            | '\u{16FE4}'
            | '\u{1BC9D}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D159}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E001F}'
            | '\u{E0080}'..='\u{E00FF}'
            | '\u{E01F0}'..='\u{E0FFF}'
    )
}

/// The 66 code points that will never be characters (Unicode 23.7). Fonts have nothing for them, and some programs
/// drop them.
const fn is_noncharacter(character: char) -> bool {
    let code = character as u32;
    matches!(code, 0xFDD0..=0xFDEF) || code & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_names_and_emoji_pass() {
        for text in [
            "Zoë O'Connor-Müller",
            "Нина Иванова",
            "Αλέξανδρος",
            "李小龍",
            "葛\u{E0100}城", // an ideographic variation, as in Japanese registers
            "محمد علی\u{200C}زاده",
            "שרה כהן",
            "क्\u{200D}ष श्रीमती",
            "ന\u{D4D}\u{200D}", // a Malayalam chillu as it was written before Unicode 5.1
            "ᠮᠣᠩᠭᠣᠯ\u{180B}",
            "Nguyễn Thị Thu",
            "👩\u{200D}🔬 Ada",
            "👨\u{200D}👩\u{200D}👧\u{200D}👦",
            "❤\u{FE0F}\u{200D}🔥",
            "1\u{FE0F}\u{20E3} Team ©\u{FE0F} ‼\u{FE0F}",
            "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F} Clan",
            "👍🏽",
        ] {
            assert_eq!(check_characters(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn characters_that_show_nothing_or_turn_the_direction_are_refused() {
        for text in [
            "\u{200B}",
            "\u{200D}",
            "\u{200C}Ada",
            "A\u{200D}da",
            "Н\u{200C}ина",
            "Ada \u{200D}",
            "日\u{200D}\u{200D}本",
            "A\u{FE0F}da",
            "\u{FE0F}",
            "日\u{FE00}\u{FE00}",
            "Ada\u{E0041}",
            "\u{2800}\u{2800}",
            "\u{3164}",
            "\u{115F}",
            "Ada\u{AD}",
            "\u{FEFF}Ada",
            "a\u{202E}b",
            "a\u{200F}b",
            "a\u{2067}b",
            "a\u{61C}b",
            "a\u{E0001}b",
            "\u{FFFC}",
            "\u{13441}",
            "\u{16FE4}Ada",
            "Ada\u{FFFE}",
            "\u{FDD0}",
            "\u{FDEF}",
            "Ada\u{1FFFF}",
            "\u{10FFFE}",
        ] {
            assert_eq!(check_characters(text).map_err(|it| it.code), Err("invalid"), "{text:?}");
        }
    }
}
