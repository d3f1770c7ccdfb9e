//! Parses the fields of a note.

use crate::components::FieldProblems;
use contract::note::CreateNote;
use contract::{ApiError, NoteBody, NoteTitle};

/// Makes the request to create a note with these texts.
///
/// # Errors
/// [`contract::ErrorCode::InvalidFields`], for each invalid text.
pub fn parse_note(title: &str, body: &str) -> Result<CreateNote, ApiError> {
    let mut problems = FieldProblems::default();
    let title = problems.read("title", NoteTitle::parse(title));
    let body = problems.read("body", NoteBody::parse(body));
    match (title, body) {
        (Some(title), Some(body)) => Ok(CreateNote { title, body: Some(body) }),
        _ => Err(problems.into_error()),
    }
}
