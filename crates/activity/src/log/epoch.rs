//! The epoch of the log, and the WAL that the log was read from.

use contract::Epoch;
use sqlx::{PgExecutor, PgPool};

use super::{LogError, notify, parse_epoch};
use crate::Lsn;
use db::transaction::begin;

/// The WAL's timeline: the first 8 digits of the names of WAL files. It changes with point-in-time
/// recovery and when a replica is promoted.
macro_rules! timeline {
    () => {
        "left(pg_walfile_name(pg_current_wal_flush_lsn()), 8)"
    };
}

/// How the database's WAL relates to the WAL that the log was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalMatch {
    /// The log is new. Nothing was read, so nothing can be missing.
    Unread,
    /// It is the same WAL.
    Same,
    /// It is another timeline, or an earlier state. The database may not contain what was read.
    Different,
}

/// Compares the database's WAL with the one that the log was read from.
///
/// # Errors
/// When the database can't answer.
pub async fn compare_wal(executor: impl PgExecutor<'_>) -> Result<WalMatch, LogError> {
    let (is_unread, is_same): (bool, bool) = sqlx::query_as(concat!(
        "select wal_timeline is null and last_position = 0,
                coalesce(wal_timeline = ",
        timeline!(),
        ", true) and recorded_lsn <= pg_current_wal_flush_lsn()
           from cdc_state"
    ))
    .fetch_one(executor)
    .await?;
    Ok(match (is_unread, is_same) {
        (true, _) => WalMatch::Unread,
        (false, true) => WalMatch::Same,
        (false, false) => WalMatch::Different,
    })
}

/// Records which timeline the log is read from. To be called before anything is read.
///
/// # Errors
/// When the database can't answer.
pub async fn record_wal_timeline(executor: impl PgExecutor<'_>) -> Result<(), LogError> {
    sqlx::query(concat!(
        "update cdc_state set wal_timeline = ",
        timeline!(),
        " where wal_timeline is null"
    ))
    .execute(executor)
    .await?;
    Ok(())
}

/// Begins a new epoch. Every cursor of the former epoch is answered with `reset` from then on.
///
/// To be called when changes may be missing between the newest activity and the next one. The log
/// continues with what is committed after `from`; `detail` is recorded as an incident. Returns the
/// new epoch.
///
/// # Errors
/// When the database can't answer.
pub async fn begin_new_epoch(pool: &PgPool, from: Lsn, detail: &str) -> Result<Epoch, LogError> {
    let mut transaction = begin(pool).await?;
    // The new number always differs from the former one, so that a former cursor never matches.
    // A restored database assigns LSNs again, so `recorded_lsn` must not exceed `from`: the writer
    // would skip new transactions as already recorded.
    let epoch: i64 = sqlx::query_scalar(concat!(
        "update cdc_state
            set epoch = (epoch + 1 + floor(random() * 4294967294)::bigint) % 4294967296,
                recorded_lsn = least(recorded_lsn, $1::text::pg_lsn),
                wal_timeline = ",
        timeline!(),
        ",
                updated_at = now()
         returning epoch"
    ))
    .bind(from.to_string())
    .fetch_one(&mut *transaction)
    .await?;
    sqlx::query("insert into cdc_incidents (kind, detail) values ('new_epoch', $1)")
        .bind(detail)
        .execute(&mut *transaction)
        .await?;
    notify(&mut transaction).await?;
    transaction.commit().await?;
    parse_epoch(epoch)
}
