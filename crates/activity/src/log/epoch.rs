//! The epoch of the log, and the WAL that the log was read from.

use contract::Epoch;
use sqlx::{PgExecutor, PgPool, Postgres, Transaction};

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

/// Records that a new epoch has to begin, before the replication slot is replaced. Whoever is
/// interrupted in between finds it with [`pending_epoch_reason`].
///
/// # Errors
/// When the database can't answer.
pub async fn request_new_epoch(
    executor: impl PgExecutor<'_>,
    reason: &str,
) -> Result<(), LogError> {
    sqlx::query("update cdc_state set pending_epoch_reason = $1")
        .bind(reason)
        .execute(executor)
        .await?;
    Ok(())
}

/// Why a new epoch has to begin; none when the present one continues.
///
/// # Errors
/// When the database can't answer.
pub async fn pending_epoch_reason(
    executor: impl PgExecutor<'_>,
) -> Result<Option<String>, LogError> {
    Ok(sqlx::query_scalar("select pending_epoch_reason from cdc_state").fetch_one(executor).await?)
}

/// Begins a new epoch. Every cursor of the former epoch is answered with `reset` from then on.
///
/// To be called when changes may be missing between the newest activity and the next one. The log
/// continues with what is committed after `from`, where the replication slot starts; `reason` is
/// recorded as an incident. Returns the new epoch.
///
/// # Errors
/// When the database can't answer.
pub async fn begin_new_epoch(pool: &PgPool, from: Lsn, reason: &str) -> Result<Epoch, LogError> {
    let mut transaction = begin(pool).await?;
    // A restored database assigns LSNs again, so `recorded_lsn` must not exceed `from`: the writer
    // would skip new transactions as already recorded. And a backup of only some tables may have an
    // earlier position than the activities.
    sqlx::query(
        "update cdc_state
            set recorded_lsn = $1::text::pg_lsn,
                last_position = greatest(
                    last_position, (select coalesce(max(id), 0) from activities))",
    )
    .bind(from.to_string())
    .execute(&mut *transaction)
    .await?;
    let epoch = change_epoch(&mut transaction, reason).await?;
    transaction.commit().await?;
    Ok(epoch)
}

/// Changes the epoch, records the incident and notifies every node, within `transaction`.
pub(super) async fn change_epoch(
    transaction: &mut Transaction<'_, Postgres>,
    reason: &str,
) -> Result<Epoch, LogError> {
    // The new number always differs from the former one, so that a former cursor never matches.
    let epoch: i64 = sqlx::query_scalar(concat!(
        "update cdc_state
            set epoch = (epoch + 1 + floor(random() * 4294967294)::bigint) % 4294967296,
                wal_timeline = ",
        timeline!(),
        ",
                pending_epoch_reason = null,
                updated_at = now()
         returning epoch"
    ))
    .fetch_one(&mut **transaction)
    .await?;
    sqlx::query("insert into cdc_incidents (kind, detail) values ('new_epoch', $1)")
        .bind(reason)
        .execute(&mut **transaction)
        .await?;
    notify(transaction, None).await?;
    parse_epoch(epoch)
}
