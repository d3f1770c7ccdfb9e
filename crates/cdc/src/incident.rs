//! The table `cdc_incidents`: what an operator should know about the log's history.

use sqlx::PgExecutor;

/// Notes that tables were emptied at once. Their rows' ends are not in the log: a truncation names
/// no rows. Noted again when the transaction is read again.
///
/// # Errors
/// When the database can't answer.
pub async fn truncated(
    executor: impl PgExecutor<'_>,
    tables: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query("insert into cdc_incidents (kind, detail) values ('truncate', $1)")
        .bind(tables.join(", "))
        .execute(executor)
        .await?;
    Ok(())
}
