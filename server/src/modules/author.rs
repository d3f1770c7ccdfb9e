//! Whose name shows beside what an organization holds.

use app::contract::view::UserView;
use app::contract::{Name, PictureId, UserId};
use sqlx::FromRow;

/// The columns of an [`AuthorRow`], of the user `u`, joined from the left: their account may be gone.
macro_rules! author_columns {
    () => {
        "u.id as author_id, u.name as author_name, u.version as author_version,
         u.picture as author_picture"
    };
}
pub(super) use author_columns;

/// An author as they are read beside the rest of a row, by `#[sqlx(flatten)]`.
#[derive(Clone, Debug, FromRow)]
pub struct AuthorRow {
    author_id: Option<UserId>,
    author_name: Option<Name>,
    author_version: Option<i64>,
    author_picture: Option<PictureId>,
}

impl AuthorRow {
    /// The author, without their address; none once their account is gone.
    #[must_use]
    pub fn view(self) -> Option<UserView> {
        let Self { author_id, author_name, author_version, author_picture: picture } = self;
        let ((id, name), version) = author_id.zip(author_name).zip(author_version)?;
        Some(UserView { id, name, email: None, picture, version })
    }
}
