//! Pictures inside of other answers, for readers who can't load them by their id.

use contract::OrganizationId;
use contract::view::InlinePicture;
use sqlx::PgExecutor;

/// Reads the organization's picture. `None` if it has none. The caller decides whether the reader may see it.
///
/// # Errors
/// When the database can't be read.
pub async fn of_organization(
    executor: impl PgExecutor<'_>,
    organization: OrganizationId,
) -> Result<Option<InlinePicture>, sqlx::Error> {
    // `encode` breaks lines after 76 characters.
    sqlx::query_scalar(
        "select 'data:' || p.media_type || ';base64,' || translate(encode(p.bytes, 'base64'), E'\\n', '')
           from organizations o
           join pictures p on p.id = o.picture
          where o.id = $1",
    )
    .bind(organization)
    .fetch_optional(executor)
    .await
}
