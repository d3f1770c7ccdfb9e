//! A note as it is read: with its author.

use app::contract::note::NoteView;
use app::contract::view::UserView;
use app::contract::{
    Name, NoteBody, NoteId, NoteTitle, OrganizationId, PictureId, Timestamp, UserId,
};
use sqlx::{FromRow, PgExecutor};

/// The statement that reads notes `n`, with what follows the joins: `u` is the author.
macro_rules! select_notes {
    ($rest:expr) => {
        concat!(
            "select n.id, n.organization_id, n.title, n.body, n.version, n.created_at,
                    n.updated_at, u.id as author_id, u.name as author_name,
                    u.version as author_version, u.picture as author_picture
               from notes n
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
    author_id: Option<UserId>,
    author_name: Option<Name>,
    author_version: Option<i64>,
    author_picture: Option<PictureId>,
}

impl From<NoteRow> for NoteView {
    fn from(row: NoteRow) -> Self {
        let author = row.author_id.zip(row.author_name).zip(row.author_version);
        Self {
            id: row.id,
            organization_id: row.organization_id,
            title: row.title,
            body: row.body,
            author: author.map(|((id, name), version)| UserView {
                id,
                name,
                email: None,
                picture: row.author_picture,
                version,
            }),
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
