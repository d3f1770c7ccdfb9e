//! A note as it is read: with its author.

use app::contract::note::NoteView;
use app::contract::{NoteBody, NoteId, NoteTitle, OrganizationId, Timestamp};
use sqlx::{FromRow, PgExecutor};

use crate::modules::author::AuthorRow;

/// The statement that reads notes `n`, with what follows the joins: `u` is the author.
macro_rules! select_notes {
    ($rest:expr) => {
        concat!(
            "select n.id, n.organization_id, n.title, n.body, n.version, n.created_at,
                    n.updated_at, ",
            $crate::modules::author::author_columns!(),
            " from notes n
               left join users u on u.id = n.author ",
            $rest
        )
    };
}
pub(super) use select_notes;

/// What [`select_notes`] reads.
#[derive(Clone, Debug, FromRow)]
pub struct NoteRow {
    id: NoteId,
    organization_id: OrganizationId,
    title: NoteTitle,
    body: NoteBody,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[sqlx(flatten)]
    author: AuthorRow,
}

impl From<NoteRow> for NoteView {
    fn from(row: NoteRow) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            title: row.title,
            body: row.body,
            author: row.author.view(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The note.
///
/// # Errors
/// When the database can't answer.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: NoteId,
) -> Result<Option<NoteView>, sqlx::Error> {
    let row: Option<NoteRow> =
        sqlx::query_as(select_notes!("where n.id = $1")).bind(id).fetch_optional(executor).await?;
    Ok(row.map(NoteView::from))
}
