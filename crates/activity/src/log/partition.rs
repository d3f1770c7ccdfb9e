//! Partitions of the log by position. The retention drops a whole partition once it is too old.

use std::time::Duration;

use contract::Position;
use sqlx::{PgConnection, PgPool};

use super::LogError;
use db::crash_point::{CrashPoint, reached};
use db::transaction::begin;

/// A new partition is opened this many times within the retention although the newest isn't full, so
/// that activities are kept at most an eighth longer than the retention.
const PARTITIONS_WITHIN_RETENTION: f64 = 8.0;

/// How long a drop may wait for readers of the log. Later readers queue behind its lock.
const SET_DROP_TIMEOUT: &str = "set local lock_timeout = '500ms'";

/// The SQLSTATE `lock_not_available`.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// The outcome of [`enforce_retention`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// No partition is older than the retention.
    NothingToDrop,
    /// The oldest partition was dropped, with every activity up to this position.
    DroppedUpTo(Position),
    /// The log was being written or read. To be tried again soon.
    Busy,
}

/// Opens the next partition, with room for the positions up to `last` at least. Returns the first position for which
/// no partition exists.
///
/// The caller has locked the row of `cdc_state`. Readers of the log are not blocked.
pub(super) async fn open(
    connection: &mut PgConnection,
    last: Position,
) -> Result<Position, sqlx::Error> {
    sqlx::query_scalar("select open_activity_partition($1)").bind(last).fetch_one(connection).await
}

/// Drops the oldest partition when all of its activities are older than `retention`. Opens a new
/// partition when one is due, so that the current one can become old. Drops at most one partition:
/// after [`Retention::DroppedUpTo`] there may be more to drop.
///
/// # Errors
/// When the database can't answer; nothing is changed then.
pub async fn enforce_retention(pool: &PgPool, retention: Duration) -> Result<Retention, LogError> {
    let mut transaction = begin(pool).await?;
    // `skip locked`, so that the CDC worker never waits for the retention.
    let state: Option<(Position, Position)> =
        sqlx::query_as("select last_position, partition_end from cdc_state for update skip locked")
            .fetch_optional(&mut *transaction)
            .await?;
    let Some((head, end)) = state else { return Ok(Retention::Busy) };
    rotate(&mut transaction, head, end, retention).await?;
    let outcome = match drop_oldest(&mut transaction, retention).await {
        Err(sqlx::Error::Database(error))
            if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) =>
        {
            return Ok(Retention::Busy);
        }
        other => other?,
    };
    if matches!(outcome, Retention::DroppedUpTo(_)) {
        reached(CrashPoint::PartitionDropped).await;
    }
    transaction.commit().await?;
    Ok(outcome)
}

/// Opens the next partition when the newest has been in use for long enough. Its remaining positions
/// are skipped, so positions always rise, but not always by one.
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
        open(connection, end).await?;
        sqlx::query("update cdc_state set last_position = $1")
            .bind(Position(end.0 - 1))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Drops the oldest partition if the one after it was opened longer than `retention` ago: all of its
/// activities were written before that.
async fn drop_oldest(
    connection: &mut PgConnection,
    retention: Duration,
) -> Result<Retention, sqlx::Error> {
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
    let Some(oldest) = oldest else { return Ok(Retention::NothingToDrop) };
    sqlx::query(SET_DROP_TIMEOUT).execute(&mut *connection).await?;
    // None when an operator has emptied the partition.
    let horizon: Option<Position> = sqlx::query_scalar("select drop_activity_partition($1)")
        .bind(oldest)
        .fetch_one(&mut *connection)
        .await?;
    let horizon: Position = sqlx::query_scalar(
        "update cdc_state set horizon = greatest(horizon, $1) returning horizon",
    )
    .bind(horizon)
    .fetch_one(&mut *connection)
    .await?;
    for statement in [
        "delete from activity_organizations where activity_id <= $1",
        "delete from activity_invited_users where activity_id <= $1",
    ] {
        sqlx::query(statement).bind(horizon).execute(&mut *connection).await?;
    }
    Ok(Retention::DroppedUpTo(horizon))
}
