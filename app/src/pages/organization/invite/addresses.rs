//! Parses a list of email addresses.

use contract::Email;
use contract::request::MAX_INVITATIONS_PER_REQUEST;

/// Why a text isn't a list of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddresses {
    /// It is empty.
    #[error("Enter at least one email address.")]
    None,
    /// These parts aren't addresses.
    #[error("These aren't valid email addresses: {}.", .0.join(", "))]
    Unreadable(Vec<String>),
    /// There are so many, more than one request may have.
    #[error("Invite up to {MAX_INVITATIONS_PER_REQUEST} people at once. You entered {0}.")]
    TooMany(usize),
}

/// The addresses in `text`, separated by commas, semicolons or white space, without duplicates.
///
/// # Errors
/// See [`InvalidAddresses`].
pub fn parse_addresses(text: &str) -> Result<Vec<Email>, InvalidAddresses> {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
    let mut emails = Vec::new();
    let mut unreadable = Vec::new();
    for part in text.split(is_separator).filter(|part| !part.is_empty()) {
        match Email::parse(part) {
            Ok(email) if emails.contains(&email) => {}
            Ok(email) => emails.push(email),
            Err(_) => unreadable.push(part.to_owned()),
        }
    }
    if !unreadable.is_empty() {
        return Err(InvalidAddresses::Unreadable(unreadable));
    }
    match emails.len() {
        0 => Err(InvalidAddresses::None),
        1..=MAX_INVITATIONS_PER_REQUEST => Ok(emails),
        many => Err(InvalidAddresses::TooMany(many)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_may_be_mixed_and_duplicates_are_dropped() {
        let emails = parse_addresses(" a@x.org, b@x.org;c@x.org\nA@x.org\t\n").unwrap();
        let texts: Vec<_> = emails.iter().map(Email::as_str).collect();
        assert_eq!(texts, ["a@x.org", "b@x.org", "c@x.org"]);
    }

    #[test]
    fn invalid_addresses_are_named() {
        let problem = parse_addresses("a@x.org, bob, @y.org").unwrap_err();
        assert_eq!(problem.to_string(), "These aren't valid email addresses: bob, @y.org.");
    }

    #[test]
    fn number_of_addresses_is_limited() {
        assert_eq!(parse_addresses(" , \n"), Err(InvalidAddresses::None));
        let addresses =
            |count: usize| (0..count).map(|n| format!("p{n}@x.org")).collect::<Vec<_>>().join("\n");
        assert_eq!(parse_addresses(&addresses(50)).unwrap().len(), 50);
        assert_eq!(parse_addresses(&addresses(51)), Err(InvalidAddresses::TooMany(51)));
    }
}
