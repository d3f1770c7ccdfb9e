//! Former slugs, which nobody else gets for 90 days: the table `quarantined_slugs`. Triggers fill it.

use sqlx::PgConnection;

/// Deletes up to `limit` slugs that everyone may have again. Returns how many. The days are those of the
/// SQL function `is_quarantined`.
///
/// # Errors
/// When the database can't be written.
pub async fn delete_over(connection: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query(
        "delete from quarantined_slugs
          where slug in (select slug from quarantined_slugs
                          where given_up_at <= now() - interval '90 days'
                          limit $1 for update skip locked)",
    )
    .bind(limit)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
