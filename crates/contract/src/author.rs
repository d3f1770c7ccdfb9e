//! The author of a resource, as the server reads it from the database.

use sqlx::FromRow;

use super::id::{PictureId, UserId};
use super::text::Name;
use super::view::UserView;

/// An author's columns in a row of a resource. All are null once the account was deleted.
#[derive(Clone, Debug, FromRow)]
pub struct AuthorRow {
    author_id: Option<UserId>,
    author_name: Option<Name>,
    author_version: Option<i64>,
    author_picture: Option<PictureId>,
}

/// Leaves the email address out, because members who aren't admins may not read it.
impl From<AuthorRow> for Option<UserView> {
    fn from(row: AuthorRow) -> Self {
        let AuthorRow { author_id, author_name, author_version, author_picture: picture } = row;
        let ((id, name), version) = author_id.zip(author_name).zip(author_version)?;
        Some(UserView { id, name, email: None, email_version: None, picture, version })
    }
}
