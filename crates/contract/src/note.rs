//! A note, on the wire: its id, its texts, what is shown of it and what clients send.

use serde::{Deserialize, Serialize};

use super::id::{OrganizationId, id};
use super::text::{InvalidText, invalid, text};
use super::time::Timestamp;
use super::view::UserView;

id! {
    /// What an organization wrote down.
    NoteId
}
text! {
    /// What a note is called: 1 to 200 characters, none of them a control.
    NoteTitle
}
text! {
    /// What a note says: at most 10,000 characters, over as many lines as it takes.
    NoteBody
}

/// What an organization wrote down. For its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[serde(rename_all = "camelCase")]
pub struct NoteView {
    /// Its id. The later note has the greater one.
    pub id: NoteId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// What it is called.
    pub title: NoteTitle,
    /// What it says.
    pub body: NoteBody,
    /// Who began it, without the address; absent once their account is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "sqlx", sqlx(flatten, try_from = "super::author::AuthorRow"))]
    pub author: Option<UserView>,
    /// Grows with every change of the row. A change is made to the version that its maker saw.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// `POST /organizations/{id}/notes`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateNote {
    /// What to call it.
    pub title: NoteTitle,
    /// What it says; nothing yet when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<NoteBody>,
}

/// `PATCH /notes/{id}`, with the version it builds on in `If-Match`: what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateNote {
    /// A new title.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<NoteTitle>,
    /// A new text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<NoteBody>,
}

impl NoteTitle {
    /// # Errors
    /// When nothing is left without the outer white space, or it is too long, or it has controls.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid("required", "Enter a title."));
        }
        if text.chars().count() > 200 {
            return Err(invalid("too_long", "Use at most 200 characters."));
        }
        let unfit = |c: char| {
            c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        };
        if text.chars().any(unfit) {
            return Err(invalid(
                "invalid",
                "Remove control characters, such as tabs and line breaks.",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl NoteBody {
    /// Keeps the text as it was typed, line breaks of every kind included.
    ///
    /// # Errors
    /// When it is too long, or has controls other than line breaks and tabs.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        if text.chars().count() > 10_000 {
            return Err(invalid("too_long", "Use at most 10,000 characters."));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let message = "Remove control characters other than line breaks and tabs.";
            return Err(invalid("invalid", message));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_without_controls() {
        assert_eq!(NoteTitle::parse("  Plan für Mai ").unwrap().as_str(), "Plan für Mai");
        assert_eq!(NoteTitle::parse(" \n").unwrap_err().code, "required");
        for text in ["a\nb", "a\u{0}b", "a\u{2028}b", "a\u{202E}b"] {
            assert_eq!(NoteTitle::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }

    #[test]
    fn a_body_may_be_empty_and_keeps_its_line_breaks() {
        for text in ["", " one\r\ntwo\n\tthree\rfour\u{2028}five "] {
            assert_eq!(NoteBody::parse(text).unwrap().as_str(), text);
        }
        for text in ["a\u{0}b", "a\u{1B}[31mb", "a\u{85}b"] {
            assert_eq!(NoteBody::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(NoteTitle::parse(&"ü".repeat(200)).is_ok());
        assert_eq!(NoteTitle::parse(&"ü".repeat(201)).unwrap_err().code, "too_long");
        assert!(NoteBody::parse(&"ü".repeat(10_000)).is_ok());
        assert_eq!(NoteBody::parse(&"ü".repeat(10_001)).unwrap_err().code, "too_long");
    }
}
