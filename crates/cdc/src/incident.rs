//! The table `cdc_incidents`: what an operator should know about the log's history.

use sqlx::PgExecutor;

/// Records that tables were truncated. Their rows' deletions are not in the log, because Postgres
/// doesn't list the rows of a truncation. A redelivered truncation may be recorded again.
///
/// # Errors
/// When the database can't answer.
pub async fn record_truncation(
    executor: impl PgExecutor<'_>,
    tables: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query("insert into cdc_incidents (kind, detail) values ('truncate', $1)")
        .bind(tables.join(", "))
        .execute(executor)
        .await?;
    Ok(())
}
