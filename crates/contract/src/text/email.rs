//! Email addresses.

use super::{InvalidText, invalid};

text! {
    /// An email address, stored in lower case so that comparison ignores case, and with the ASCII
    /// spelling of an international domain (`xn--…`), as some browsers send that one and some the other.
    Email
}

impl Email {
    /// Trims the text and converts it to lower case. The server also converts an international domain;
    /// in the browser, which sends the address to the server, it keeps its spelling.
    ///
    /// # Errors
    /// When the text doesn't have the form of an email address. Whether the mailbox exists isn't
    /// checked.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid("required", "Enter an email address."));
        }
        if text.len() > 254 {
            return Err(invalid("too_long", "Use at most 254 characters."));
        }
        const PROBLEM: InvalidText =
            invalid("invalid", "Enter an email address such as name@example.com.");
        let (local, domain) = text.rsplit_once('@').ok_or(PROBLEM)?;
        let domain = ascii_domain(domain).ok_or(PROBLEM)?;
        let local_is_plain = !local.is_empty()
            && local.len() <= 64
            && local.bytes().all(|b| b.is_ascii_graphic() && !b"\"(),:;<>@[\\]".contains(&b));
        let domain_is_plain = domain.contains('.')
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || c == '-' || is_unconverted(c))
            });
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        if local_is_plain && domain_is_plain && address.len() <= 254 {
            Ok(Self(address))
        } else {
            Err(PROBLEM)
        }
    }
}

/// Returns the domain in ASCII and lower case (IDNA, UTS 46). The tables for that are too large for the browser,
/// where only its ASCII letters become lower case.
fn ascii_domain(domain: &str) -> Option<String> {
    if domain.is_ascii() {
        return Some(domain.to_ascii_lowercase());
    }
    #[cfg(not(target_arch = "wasm32"))]
    return idna::domain_to_ascii_strict(domain).ok();
    #[cfg(target_arch = "wasm32")]
    Some(domain.to_ascii_lowercase())
}

/// Whether a letter of a domain is left for the server to convert.
fn is_unconverted(letter: char) -> bool {
    cfg!(target_arch = "wasm32") && !letter.is_ascii() && !letter.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_comparison_ignores_case() {
        assert_eq!(Email::parse(" Ada@Example.COM "), Email::parse("ada@example.com"));
    }

    #[test]
    fn email_with_an_international_domain_has_one_spelling() {
        let ascii = Email::parse("ada@xn--bcher-kva.example").unwrap();
        for text in ["Ada@bücher.example", "ada@BÜCHER.example", "ada@bu\u{308}cher。example"] {
            assert_eq!(Email::parse(text).unwrap(), ascii, "{text:?}");
        }
        for text in ["ada@bü cher.example", "ada@bücher", "ada@-ü.example", "ädä@example.com"]
        {
            assert_eq!(Email::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }

    #[test]
    fn malformed_email_is_refused() {
        for text in
            ["ada", "@example.com", "ada@", "ada@com", "a b@example.com", "a@-x.com", "a@x..com"]
        {
            assert_eq!(Email::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
        assert_eq!(Email::parse("  ").unwrap_err().code, "required");
    }
}
