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

/// Returns the addresses in `text`, without duplicates. They may be separated by commas, semicolons or
/// white space, and have the forms in which mail programs copy them (RFC 5322 and `mailto:`): `"Lamarr,
/// Hedy" <hedy@example.com>; mailto:ada@example.com`.
///
/// # Errors
/// See [`InvalidAddresses`].
pub fn parse_addresses(text: &str) -> Result<Vec<Email>, InvalidAddresses> {
    let mut emails = Vec::new();
    let mut unreadable = Vec::new();
    for entry in entries(text) {
        for address in entry {
            match address {
                Ok(email) if emails.contains(&email) => {}
                Ok(email) => emails.push(email),
                Err(part) => unreadable.push(part),
            }
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

/// A part of an entry: outside of any signs, or what is between them.
enum Part {
    Plain(String),
    /// `"…"`: a name.
    Quoted(String),
    /// `<…>`: an address.
    Angled(String),
}

/// The addresses of an entry, or what isn't an address.
type Entry = Vec<Result<Email, String>>;

/// Returns the entries between commas, semicolons and line ends.
fn entries(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for line in text.lines() {
        let mut parts = Vec::new();
        let mut rest = line;
        while let Some(sign) = rest.chars().next() {
            let after = &rest[sign.len_utf8()..];
            let end = match sign {
                '"' => Some('"'),
                '<' => Some('>'),
                '(' => Some(')'),
                _ => None,
            };
            // A sign that isn't closed on its line is text.
            let enclosed = end.and_then(|end| after.split_once(end));
            match (sign, enclosed) {
                (',' | ';', _) => {
                    entries.push(addresses(&std::mem::take(&mut parts)));
                    rest = after;
                }
                ('"', Some((name, after))) => {
                    parts.push(Part::Quoted(name.to_owned()));
                    rest = after;
                }
                ('<', Some((address, after))) => {
                    parts.push(Part::Angled(address.to_owned()));
                    rest = after;
                }
                // A comment.
                ('(', Some((_, after))) => rest = after,
                _ => {
                    match parts.last_mut() {
                        Some(Part::Plain(plain)) => plain.push(sign),
                        _ => parts.push(Part::Plain(sign.to_string())),
                    }
                    rest = after;
                }
            }
        }
        entries.push(addresses(&parts));
    }
    entries
}

/// Returns the addresses of an entry. Words beside an address in angle brackets are the person's name.
fn addresses(parts: &[Part]) -> Entry {
    let is_named = parts.iter().any(|part| matches!(part, Part::Angled(_)));
    let mut entry = Vec::new();
    for part in parts {
        match part {
            Part::Angled(address) => entry.push(parse(address)),
            Part::Quoted(_) if is_named => {}
            Part::Quoted(text) | Part::Plain(text) => {
                // The names of headers (`To:`) and groups (`Team:`).
                let words = text.split_whitespace().filter(|word| !word.ends_with(':'));
                entry.extend(words.map(parse).filter(|address| !is_named || address.is_ok()));
            }
        }
    }
    entry
}

fn parse(text: &str) -> Result<Email, String> {
    let text = text.trim().trim_matches(['\'', '"', '.']);
    let address = match text.split_at_checked(MAILTO.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(MAILTO) => {
            rest.split('?').next().unwrap_or_default()
        }
        _ => text,
    };
    Email::parse(address).map_err(|_| text.to_owned())
}

const MAILTO: &str = "mailto:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_may_be_mixed_and_duplicates_are_dropped() {
        let emails = parse_addresses(" a@x.org, b@x.org;c@x.org\nA@x.org\t\n").unwrap();
        let texts: Vec<_> = emails.iter().map(Email::as_str).collect();
        assert_eq!(texts, ["a@x.org", "b@x.org", "c@x.org"]);
    }

    fn parsed(text: &str) -> Vec<String> {
        parse_addresses(text).unwrap().iter().map(|email| email.as_str().to_owned()).collect()
    }

    #[test]
    fn names_of_mail_programs_are_left_out() {
        let lists = [
            "\"Lamarr, Hedy\" <hedy@x.org>; Ada King <ada@x.org>",
            "Hedy Lamarr <hedy@x.org>, 'Ada' <ada@x.org>,",
            "To: Hedy Lamarr <hedy@x.org>;\r\nCc: ada@x.org;",
            "Team: hedy@x.org, <ada@x.org>;",
            "\"hedy@x.org\" <hedy@x.org> (on leave, until May), Conan O'Brien <ada@x.org>",
            "mailto:hedy@x.org?subject=Hello MAILTO:ada@x.org",
            "<mailto:hedy@x.org> 'ada@x.org'",
        ];
        for list in lists {
            assert_eq!(parsed(list), ["hedy@x.org", "ada@x.org"], "{list}");
        }
    }

    #[test]
    fn address_beside_a_named_one_is_not_lost() {
        assert_eq!(parsed("a@x.org Hedy <b@x.org>"), ["a@x.org", "b@x.org"]);
    }

    #[test]
    fn sign_that_is_not_closed_is_text() {
        let problem = |text| parse_addresses(text).unwrap_err().to_string();
        assert_eq!(
            problem("Hedy <hedy@x.org, \"Ada <ada@x.org"),
            "These aren't valid email addresses: Hedy, <hedy@x.org, Ada, <ada@x.org."
        );
        assert_eq!(problem("Hedy Lamarr <hedy>"), "These aren't valid email addresses: hedy.");
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
