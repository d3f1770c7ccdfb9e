//! Whose name shows beside what an organization holds, as the server reads it.

use sqlx::FromRow;

use super::id::{PictureId, UserId};
use super::text::Name;
use super::view::UserView;

/// An author's columns, read beside the rest of a row. They are empty once the account is gone.
#[derive(Clone, Debug, FromRow)]
pub struct AuthorRow {
    author_id: Option<UserId>,
    author_name: Option<Name>,
    author_version: Option<i64>,
    author_picture: Option<PictureId>,
}

/// Without the address, which isn't for everybody who reads the name.
impl From<AuthorRow> for Option<UserView> {
    fn from(row: AuthorRow) -> Self {
        let AuthorRow { author_id, author_name, author_version, author_picture: picture } = row;
        let ((id, name), version) = author_id.zip(author_name).zip(author_version)?;
        Some(UserView { id, name, email: None, picture, version })
    }
}
