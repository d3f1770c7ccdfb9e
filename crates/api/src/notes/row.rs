//! A note as it is read: with its author.

use contract::NoteId;
use contract::note::NoteView;
use sqlx::PgExecutor;

/// The statement that reads notes `its`, with what follows the joins.
macro_rules! select_notes {
    ($rest:expr) => {
        $crate::resources::select_resource!("notes", "body"; $rest)
    };
}
pub(super) use select_notes;

/// The note.
///
/// # Errors
/// When the database can't answer.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: NoteId,
) -> Result<Option<NoteView>, sqlx::Error> {
    sqlx::query_as(select_notes!("where its.id = $1")).bind(id).fetch_optional(executor).await
}
