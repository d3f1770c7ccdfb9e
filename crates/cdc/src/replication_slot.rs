//! The replication slot: it makes Postgres retain the WAL that the worker hasn't acknowledged, and it
//! elects the cluster's active worker.
//!
//! Only one connection can use a slot, so acquiring it is the election. When the active worker's
//! connection ends, Postgres frees the slot, and another node's worker acquires it and resumes at the
//! last acknowledged position.

use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection, PgExecutor, PgPool};
use tracing::{info, warn};

use super::CdcError;
use activity::log::WalMatch;
use activity::{Lsn, log};
use db::Endpoint;
use db::crash_point::{CrashPoint, reached};

/// Postgres' limit for names, in bytes.
const MAX_NAME_LENGTH: usize = 63;

/// The name of the slot for a database: `tributary_` and the database's name.
///
/// Slot names consist of lowercase letters, digits and underscores, and are unique in the whole
/// Postgres cluster. A database name that doesn't fit is replaced by a readable part of it and a
/// digest.
pub(super) fn slot_name(database: &str) -> String {
    let is_allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_');
    let plain = format!("tributary_{database}");
    if plain.chars().all(is_allowed) && plain.len() <= MAX_NAME_LENGTH {
        return plain;
    }
    let digest = hex::encode(&Sha256::digest(database)[..4]);
    let readable: String = plain
        .chars()
        .map(|c| if is_allowed(c) { c } else { '_' })
        .take(MAX_NAME_LENGTH - digest.len() - 1)
        .collect();
    format!("{readable}_{digest}")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SlotState {
    Missing,
    /// Postgres has removed WAL that the slot needs. Nothing can be read from it any more.
    Lost,
    /// A connection reads from it.
    InUse,
    Free,
}

/// Creates the replication slot unless it exists. From then on, Postgres retains the WAL for the
/// worker, whichever node runs it.
///
/// To be called before the server changes anything: changes that are committed without a slot never
/// reach the log.
///
/// # Errors
/// When Postgres can't be reached or has no free slot.
pub async fn ensure_slot(database: &Endpoint, pool: &PgPool) -> Result<(), CdcError> {
    match ensure_free_slot(database, pool, &slot_name(&database.database)).await {
        Err(CdcError::SlotInUse) => Ok(()),
        other => other,
    }
}

/// Creates the replication slot unless it exists, and checks that it can be acquired.
///
/// When changes may have been committed without a slot, the log begins a new epoch, so that no reader
/// takes later activities for the continuation of those that it has.
///
/// # Errors
/// [`CdcError::SlotInUse`] when another connection uses the slot; others when Postgres can't be
/// reached or has no free slot.
pub(super) async fn ensure_free_slot(
    endpoint: &Endpoint,
    pool: &PgPool,
    slot: &str,
) -> Result<(), CdcError> {
    match slot_state(pool, slot).await? {
        SlotState::InUse => return Err(CdcError::SlotInUse),
        SlotState::Free if log::compare_wal(pool).await? == WalMatch::Same => return Ok(()),
        SlotState::Free | SlotState::Missing | SlotState::Lost => {}
    }
    // A connection of its own: when this is interrupted, closing it releases the lock and drops the
    // temporary slot.
    let mut connection = PgConnection::connect_with(&endpoint.connect_options()).await?;
    let outcome = create_or_replace_slot(&mut connection, pool, slot).await;
    connection.close().await?;
    outcome
}

/// Runs on one node at a time, so that no node drops a slot that another has just created.
async fn create_or_replace_slot(
    connection: &mut PgConnection,
    pool: &PgPool,
    slot: &str,
) -> Result<(), CdcError> {
    sqlx::query("select pg_advisory_lock(hashtext('tributary replication slot'))")
        .execute(&mut *connection)
        .await?;
    let state = slot_state(&mut *connection, slot).await?;
    let wal = log::compare_wal(&mut *connection).await?;
    let reason = match (state, wal) {
        (SlotState::InUse, _) => return Err(CdcError::SlotInUse),
        (SlotState::Free, WalMatch::Same) => return Ok(()),
        (SlotState::Free | SlotState::Missing, WalMatch::Unread) => {
            // Recorded before the first slot exists: from then on, a missing slot means lost changes.
            log::record_wal_timeline(&mut *connection).await?;
            if state == SlotState::Missing {
                create_slot(connection, slot, Lifetime::Permanent).await?;
                info!(slot, "Created the replication slot");
            }
            return Ok(());
        }
        (SlotState::Missing, _) => "the replication slot was dropped: changes may be missing",
        (SlotState::Lost, _) => "the replication slot was invalidated: changes may be missing",
        (SlotState::Free, WalMatch::Different) => {
            "the database was restored or failed over: it may not contain what the log says"
        }
    };
    if state != SlotState::Missing {
        drop_slot(connection, slot).await?;
    }
    create_slot_with_new_epoch(connection, pool, slot, reason).await
}

async fn slot_state(executor: impl PgExecutor<'_>, slot: &str) -> Result<SlotState, sqlx::Error> {
    let row: Option<(bool, bool)> = sqlx::query_as(
        "select active, coalesce(wal_status = 'lost', false)
           from pg_replication_slots
          where slot_name = $1",
    )
    .bind(slot)
    .fetch_optional(executor)
    .await?;
    Ok(match row {
        None => SlotState::Missing,
        Some((true, _)) => SlotState::InUse,
        Some((false, true)) => SlotState::Lost,
        Some((false, false)) => SlotState::Free,
    })
}

/// Begins a new epoch of the log, and creates the slot.
///
/// The slot has to start before the epoch begins, or a reader could miss what is committed in
/// between. But once the permanent slot exists, nothing shows any more that an epoch has to begin. So
/// a temporary slot marks the start, and is copied to the permanent slot after the epoch has begun.
/// When this is interrupted at any point, the slot is still missing, and everything is done again.
async fn create_slot_with_new_epoch(
    connection: &mut PgConnection,
    pool: &PgPool,
    slot: &str,
    reason: &str,
) -> Result<(), CdcError> {
    let pid: i32 =
        sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *connection).await?;
    let temporary = format!("tributary_new_{pid}");
    let start = create_slot(connection, &temporary, Lifetime::Connection).await?;
    reached(CrashPoint::TemporarySlotCreated).await;
    let epoch = log::begin_new_epoch(pool, start, reason).await?;
    reached(CrashPoint::EpochCommitted).await;
    warn!(%epoch, slot, "The activity log begins a new epoch: {reason}");
    sqlx::query("select pg_copy_logical_replication_slot($1, $2, false)")
        .bind(&temporary)
        .bind(slot)
        .execute(connection)
        .await?;
    reached(CrashPoint::SlotCreated).await;
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Lifetime {
    Permanent,
    /// Postgres drops the slot when the connection ends.
    Connection,
}

/// Returns the LSN from which transactions are decoded. Postgres first waits for all open
/// transactions to end, because only a transaction that begins later can be read completely.
async fn create_slot(
    connection: &mut PgConnection,
    slot: &str,
    lifetime: Lifetime,
) -> Result<Lsn, sqlx::Error> {
    let start: String = sqlx::query_scalar(
        "select lsn::text from pg_create_logical_replication_slot($1, 'pgoutput', $2)",
    )
    .bind(slot)
    .bind(matches!(lifetime, Lifetime::Connection))
    .fetch_one(&mut *connection)
    .await?;
    parse_lsn(&start)
}

async fn drop_slot(connection: &mut PgConnection, slot: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_drop_replication_slot($1)").bind(slot).execute(connection).await?;
    Ok(())
}

/// The end of the WAL that is flushed to disk, up to which Postgres can send it.
///
/// # Errors
/// When the database can't answer.
pub(super) async fn flushed_lsn(pool: &PgPool) -> Result<Lsn, sqlx::Error> {
    let lsn: String =
        sqlx::query_scalar("select pg_current_wal_flush_lsn()::text").fetch_one(pool).await?;
    parse_lsn(&lsn)
}

fn parse_lsn(lsn: &str) -> Result<Lsn, sqlx::Error> {
    lsn.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_database_names_are_kept() {
        assert_eq!(slot_name("tributary"), "tributary_tributary");
        assert_eq!(slot_name("team_7"), "tributary_team_7");
    }

    #[test]
    fn other_database_names_get_distinct_valid_slot_names() {
        let long = "x".repeat(63);
        let names = ["My-Team", "my-team", "my.team", "Ünïcode", &long, &long[1..]].map(slot_name);
        for name in &names {
            assert!(name.len() <= 63, "{name}");
            assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_')), "{name}");
        }
        let different: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
    }
}
