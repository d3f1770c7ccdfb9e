//! The log's table is in partitions by position: one that has become too old is dropped whole.

use std::time::Duration;

use contract::Position;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::LogError;
use db::crash_point::{CrashPoint, reached};
use db::transaction::begin;

/// How many positions a partition has room for: some hundreds of megabytes when it is full.
const SPAN: i64 = 1_000_000;

/// A log that isn't full gets a new partition this many times within the retention, so that what
/// is kept is at most an eighth too old.
const PARTITIONS_WITHIN_RETENTION: f64 = 8.0;

/// How long a drop may wait for those who read the log. Whoever comes after waits behind it.
const DROP_PATIENCE: &str = "set local lock_timeout = '500ms'";

/// Postgres' code for a lock that wasn't had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// What a round of [`retain`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retained {
    /// Nothing is older than it may be.
    Everything,
    /// Everything up to this position was dropped.
    After(Position),
    /// The log was being written or read: to be tried again soon.
    Busy,
}

/// Makes room for the positions from `first` to `last` at least. Gives the first one that has no
/// room yet.
///
/// The caller holds the row of `cdc_state`. Who reads the log is not held up by this.
pub(super) async fn open(
    connection: &mut PgConnection,
    first: Position,
    last: Position,
) -> Result<Position, sqlx::Error> {
    let end = Position((first.0 + SPAN).max(last.0 + 1));
    let name = name(first);
    let sql = format!(
        "create table {name} (like activities including indexes);
         alter table activities attach partition {name} for values from ({first}) to ({end})"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await?;
    sqlx::query("insert into activity_partitions (first_position) values ($1)")
        .bind(first)
        .execute(&mut *connection)
        .await?;
    sqlx::query("update cdc_state set partition_end = $1").bind(end).execute(connection).await?;
    Ok(end)
}

fn name(first: Position) -> String {
    format!("activities_{first}")
}

/// Drops the oldest partition when all that it has was written longer ago than `retention`, and
/// sees to it that partitions become that old.
///
/// # Errors
/// When the database can't answer; nothing has happened then.
pub async fn retain(pool: &PgPool, retention: Duration) -> Result<Retained, LogError> {
    let mut transaction = begin(pool).await?;
    // The worker isn't held up: what is old can wait.
    let state: Option<(Position, Position)> =
        sqlx::query_as("select last_position, partition_end from cdc_state for update skip locked")
            .fetch_optional(&mut *transaction)
            .await?;
    let Some((head, end)) = state else { return Ok(Retained::Busy) };
    rotate(&mut transaction, head, end, retention).await?;
    let retained = match drop_oldest(&mut transaction, retention).await {
        Err(sqlx::Error::Database(error))
            if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) =>
        {
            return Ok(Retained::Busy);
        }
        other => other?,
    };
    if matches!(retained, Retained::After(_)) {
        reached(CrashPoint::PartitionDropped).await;
    }
    transaction.commit().await?;
    Ok(retained)
}

/// Opens the next partition when the newest has been written to for long enough. The positions that
/// it has left are never given out: positions rise, but not by one.
async fn rotate(
    connection: &mut PgConnection,
    head: Position,
    end: Position,
    retention: Duration,
) -> Result<(), sqlx::Error> {
    let is_due: bool = sqlx::query_scalar(
        "select first_position <= $1 and opened_at <= now() - make_interval(secs => $2)
           from activity_partitions
          order by first_position desc
          limit 1",
    )
    .bind(head)
    .bind(retention.as_secs_f64() / PARTITIONS_WITHIN_RETENTION)
    .fetch_one(&mut *connection)
    .await?;
    if is_due {
        open(connection, end, end).await?;
        sqlx::query("update cdc_state set last_position = $1")
            .bind(Position(end.0 - 1))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Whatever is in a partition was written before the next one was opened.
async fn drop_oldest(
    connection: &mut PgConnection,
    retention: Duration,
) -> Result<Retained, sqlx::Error> {
    let oldest: Option<Position> = sqlx::query_scalar(
        "select first_position
           from (select first_position, lead(opened_at) over (order by first_position) as closed_at
                   from activity_partitions) partitions
          where closed_at <= now() - make_interval(secs => $1)
          order by first_position
          limit 1",
    )
    .bind(retention.as_secs_f64())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(oldest) = oldest else { return Ok(Retained::Everything) };
    let name = name(oldest);
    let newest_in_it = format!("select max(id) from {name}");
    // None when a drop of everything was followed by a truncation by hand.
    let horizon: Option<Position> =
        sqlx::query_scalar(AssertSqlSafe(newest_in_it)).fetch_one(&mut *connection).await?;
    let drop = format!("{DROP_PATIENCE}; drop table {name}");
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut *connection).await?;
    sqlx::query("delete from activity_partitions where first_position = $1")
        .bind(oldest)
        .execute(&mut *connection)
        .await?;
    let horizon: Position = sqlx::query_scalar(
        "update cdc_state set horizon = greatest(horizon, $1) returning horizon",
    )
    .bind(horizon)
    .fetch_one(connection)
    .await?;
    Ok(Retained::After(horizon))
}
