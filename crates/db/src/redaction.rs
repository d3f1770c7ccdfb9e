//! Removes the address of the database and its credentials from texts of Postgres and of libraries.

use std::borrow::Cow;
use std::fmt;

use super::endpoint::{Endpoint, Host, is_loopback};

/// The replacement of a removed part.
const REMOVED: &str = "…";

/// Characters between which Postgres puts names in its messages, in the languages that it speaks. `\` is before
/// a quote in JSON.
const QUOTES: &str = "\"'`«»„“”‚‘’‹›「」\\";

/// The parts of a database's address that must not appear in a text.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Removed wherever they are a word.
    words: Vec<String>,
    /// Removed where they are quoted. Roles and databases often have names that are common words.
    names: Vec<String>,
}

impl Redactor {
    pub(crate) fn for_endpoint(endpoint: &Endpoint) -> Self {
        let mut words: Vec<_> = endpoint.password.iter().cloned().collect();
        match &endpoint.host {
            // The words for this machine say nothing about the URL.
            Host::Tcp(name) if is_loopback(name) => {}
            Host::Tcp(name) => words.push(name.clone()),
            Host::Socket(folder) => words.push(folder.to_string_lossy().into_owned()),
        }
        words.retain(|word| !word.is_empty());
        Self { words, names: vec![endpoint.user.clone(), endpoint.database.clone()] }
    }

    /// Removes what this one and the other one remove.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.words.extend(other.words);
        self.names.extend(other.names);
        self
    }

    /// Removes that word too.
    #[must_use]
    pub fn and_word(mut self, word: &str) -> Self {
        if !word.is_empty() {
            self.words.push(word.to_owned());
        }
        self
    }

    /// Returns the text without the parts.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let is_inside_word = |c: char| c.is_alphanumeric() || c == '_';
        let is_quote = |c: char| QUOTES.contains(c);
        let mut redacted = Cow::Borrowed(text);
        for word in &self.words {
            let ends_word = |c: Option<char>| !c.is_some_and(is_inside_word);
            replace(&mut redacted, word, &ends_word);
        }
        for name in &self.names {
            let quotes = |c: Option<char>| c.is_some_and(is_quote);
            replace(&mut redacted, name, &quotes);
        }
        redacted
    }
}

/// Replaces `part` where the characters before and after it fit.
fn replace(text: &mut Cow<'_, str>, part: &str, fits: &dyn Fn(Option<char>) -> bool) {
    if part.is_empty() || !text.contains(part) {
        return;
    }
    let mut replaced = String::with_capacity(text.len());
    let mut end_of_last = 0;
    for (start, _) in text.match_indices(part) {
        let end = start + part.len();
        if fits(text[..start].chars().next_back()) && fits(text[end..].chars().next()) {
            replaced.push_str(&text[end_of_last..start]);
            replaced.push_str(REMOVED);
            end_of_last = end;
        }
    }
    replaced.push_str(&text[end_of_last..]);
    *text = Cow::Owned(replaced);
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_address_are_removed_and_common_words_stay() {
        let url = "postgres://users:p%2Fw@db.example.com/main";
        let redactor = Endpoint::parse("DATABASE_URL", url).unwrap().redactor();
        for (text, expected) in [
            (
                "password authentication failed for user \"users\"",
                "password authentication failed for user \"…\"",
            ),
            (
                r#"{"error":"database \"main\" does not exist"}"#,
                r#"{"error":"database \"…\" does not exist"}"#,
            ),
            ("Datenbank »main« für Rolle „users“", "Datenbank »…« für Rolle „…“"),
            ("connect to db.example.com:5432 with p/w", "connect to …:5432 with …"),
            (
                "permission denied for table users in main",
                "permission denied for table users in main",
            ),
            ("xp/wx", "xp/wx"),
        ] {
            assert_eq!(redactor.redact(text), expected);
        }
        assert!(!format!("{redactor:?}").contains("p/w"));
    }
}
