//! Reads notes with their author.

use contract::NoteId;
use contract::note::NoteView;
use sqlx::PgExecutor;

/// The statement that reads notes `r`, followed by `$rest`.
macro_rules! select_notes {
    ($rest:expr) => {
        $crate::resources::select_resource!("notes", "body"; $rest)
    };
}
pub(super) use select_notes;

/// Reads the note.
///
/// # Errors
/// When the database can't be read.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: NoteId,
) -> Result<Option<NoteView>, sqlx::Error> {
    sqlx::query_as(select_notes!("where r.id = $1")).bind(id).fetch_optional(executor).await
}
