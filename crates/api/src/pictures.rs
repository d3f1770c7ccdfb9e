//! Pictures of people and organizations: drawn anew from what is uploaded, kept, shown.

pub mod drawing;
pub mod show;
pub mod upload;

use axum::Router;
use axum::routing::get;
use contract::PictureId;
use sqlx::PgExecutor;

use self::drawing::Drawing;
use super::Api;

/// `/pictures/{id}`; whose they are is up to the owner's own endpoints.
pub fn routes() -> Router<Api> {
    Router::new().route("/pictures/{id}", get(show::get_picture))
}

/// Keeps a picture. Its owner is to point to it in the same transaction; the one that they had goes
/// by itself.
///
/// # Errors
/// When the database refuses.
pub(super) async fn keep(
    executor: impl PgExecutor<'_>,
    drawing: &Drawing,
) -> Result<PictureId, sqlx::Error> {
    sqlx::query_scalar("insert into pictures (media_type, bytes) values ($1, $2) returning id")
        .bind(drawing.media_type)
        .bind(&drawing.bytes)
        .fetch_one(executor)
        .await
}

#[cfg(test)]
mod tests;
