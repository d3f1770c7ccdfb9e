//! Notes: the id, the texts, the view and the requests.

use serde::{Deserialize, Serialize};

use super::id::{OrganizationId, id};
use super::text::line::check_characters;
use super::text::{InvalidText, invalid, text};
use super::time::Timestamp;
use super::view::UserView;

id! {
    /// A note.
    NoteId
}
text! {
    /// A note's title: 1 to 200 characters, none of which is hidden or turns the writing direction.
    NoteTitle
}
text! {
    /// A note's text: at most 10,000 characters, with line breaks and tabs.
    NoteBody
}

/// A note of an organization. Every member may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[serde(rename_all = "camelCase")]
pub struct NoteView {
    /// The note's id. Ids grow with the time of creation.
    pub id: NoteId,
    /// The organization that the note belongs to.
    pub organization_id: OrganizationId,
    /// The title.
    pub title: NoteTitle,
    /// The text.
    pub body: NoteBody,
    /// The user who created the note, without the email address. Absent if the account was deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "sqlx", sqlx(flatten, try_from = "super::author::AuthorRow"))]
    pub author: Option<UserView>,
    /// Grows with every change of the row. Updates and deletions send it in `If-Match`.
    pub version: i64,
    /// When the note was created.
    pub created_at: Timestamp,
    /// When the note was last changed.
    pub updated_at: Timestamp,
}

/// `POST /organizations/{id}/notes`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateNote {
    /// The title.
    pub title: NoteTitle,
    /// The text. Absent: empty.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<NoteBody>,
}

/// `PATCH /notes/{id}`, with the note's version in `If-Match`. Absent fields stay unchanged.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateNote {
    /// The new title.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<NoteTitle>,
    /// The new text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<NoteBody>,
}

impl NoteTitle {
    /// Trims the text and checks it.
    ///
    /// # Errors
    /// When the text is empty, too long, or has control, hidden or bidirectional formatting characters.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid("required", "Enter a title."));
        }
        if text.chars().count() > 200 {
            return Err(invalid("too_long", "Use at most 200 characters."));
        }
        check_characters(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl NoteBody {
    /// Checks the text. It isn't trimmed, and line breaks of every kind stay as they are.
    ///
    /// # Errors
    /// When the text is too long or has control characters other than line breaks and tabs.
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
    fn title_is_one_line_without_control_characters() {
        assert_eq!(NoteTitle::parse("  Plan für Mai ").unwrap().as_str(), "Plan für Mai");
        assert_eq!(NoteTitle::parse(" \n").unwrap_err().code, "required");
        for text in ["a\nb", "a\u{0}b", "a\u{2028}b", "a\u{202E}b"] {
            assert_eq!(NoteTitle::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }

    #[test]
    fn body_may_be_empty_and_keeps_its_line_breaks() {
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
