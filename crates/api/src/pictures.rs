//! Pictures of users and organizations: uploaded files become thumbnails.

pub mod get;
pub mod inline;
pub mod thumbnail;
pub mod upload;

use contract::PictureId;
use sqlx::PgExecutor;

use self::thumbnail::Thumbnail;
use super::Api;
use crate::routes::{Audience, Routes};

/// `/pictures/{id}`. The endpoints of users and organizations set and remove their pictures.
pub fn routes() -> Routes<Api> {
    Routes::new().get("/pictures/{id}", Audience::MembersAndInvited, get::get_picture)
}

/// Inserts a picture. The caller sets it as the owner's in the same transaction; a trigger then deletes
/// the former one.
///
/// # Errors
/// When the database can't be written.
pub(super) async fn insert(
    executor: impl PgExecutor<'_>,
    thumbnail: &Thumbnail,
) -> Result<PictureId, sqlx::Error> {
    sqlx::query_scalar("insert into pictures (media_type, bytes) values ($1, $2) returning id")
        .bind(thumbnail.media_type)
        .bind(&thumbnail.bytes)
        .fetch_one(executor)
        .await
}

#[cfg(test)]
mod tests;
