//! Text without regard to its case.

/// The letters, for comparing and finding. At the end of a word Greek writes a small sigma of its
/// own; here it is the same as the other one.
pub fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter })
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn case_makes_no_difference_and_neither_does_the_end_of_a_greek_word() {
        for (one, other) in [("Åsa", "åSA"), ("ΟΔΟΣ", "οδος"), ("İ", "i\u{307}"), ("", "")]
        {
            assert!(folded(one).eq(folded(other)), "{one} and {other}");
        }
        assert!(!folded("Ada").eq(folded("Ade")));
    }
}
