//! Which log this is: its epoch, and the WAL that it is read from.

use contract::Epoch;
use sqlx::{PgExecutor, PgPool};

use super::{LogError, epoch_of, notify};
use crate::Lsn;
use db::transaction::begin;

/// The present history of the WAL, as the names of its files begin with it. It changes when a
/// database is restored to a moment, and when a replica takes over.
macro_rules! timeline {
    () => {
        "left(pg_walfile_name(pg_current_wal_flush_lsn()), 8)"
    };
}

/// The WAL that is there, beside the one that the log was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wal {
    /// The log is new: nothing was read, nothing can be missing.
    Unread,
    /// The same one.
    Same,
    /// Another one, or an earlier state of it: what was read need not have happened.
    Other,
}

/// Compares the database's WAL with the one that the log was read from.
///
/// # Errors
/// When the database can't answer.
pub async fn wal(executor: impl PgExecutor<'_>) -> Result<Wal, LogError> {
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
        (true, _) => Wal::Unread,
        (false, true) => Wal::Same,
        (false, false) => Wal::Other,
    })
}

/// Notes which WAL the log is read from, before the first of it is read.
///
/// # Errors
/// When the database can't answer.
pub async fn note_wal(executor: impl PgExecutor<'_>) -> Result<(), LogError> {
    sqlx::query(concat!(
        "update cdc_state set wal_timeline = ",
        timeline!(),
        " where wal_timeline is null"
    ))
    .execute(executor)
    .await?;
    Ok(())
}

/// Starts another log: every cursor given out so far is answered with `reset`. For when changes
/// may be missing between what is in the log and what comes next, which is what is committed
/// after `from`.
///
/// # Errors
/// When the database can't answer.
pub async fn begin_new_epoch(pool: &PgPool, from: Lsn, detail: &str) -> Result<Epoch, LogError> {
    let mut transaction = begin(pool).await?;
    // Never the same number again by chance: a cursor of the former log must not fit.
    // A restored database gives places in the WAL out again: what was recorded beyond `from` must
    // not hide them.
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
    epoch_of(epoch)
}
