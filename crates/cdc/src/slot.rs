//! The replication slot: where Postgres keeps our place in the WAL, and who in the cluster is the
//! worker.
//!
//! Only one connection can hold a slot, so holding it is being elected. When the holder dies,
//! Postgres lets go of it and another node takes it, at the place that was last acknowledged.

use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection, PgExecutor, PgPool};
use tracing::{info, warn};

use super::CdcError;
use activity::log::Wal;
use activity::{Lsn, log};
use db::Endpoint;
use db::crash_point::{CrashPoint, reached};

/// Postgres' limit for names, in bytes.
const LONGEST_NAME: usize = 63;

/// The name of the slot for a database: `tributary_` and the database's name.
///
/// Slot names are of lowercase letters, digits and underscores only, and unique in the whole
/// Postgres cluster. Where the database's name doesn't fit, a digest of it keeps names apart.
#[must_use]
pub fn name(database: &str) -> String {
    let fits = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_');
    let plain = format!("tributary_{database}");
    if plain.chars().all(fits) && plain.len() <= LONGEST_NAME {
        return plain;
    }
    let digest = hex::encode(&Sha256::digest(database)[..4]);
    let readable: String = plain
        .chars()
        .map(|c| if fits(c) { c } else { '_' })
        .take(LONGEST_NAME - digest.len() - 1)
        .collect();
    format!("{readable}_{digest}")
}

/// What there is of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SlotState {
    /// Nothing.
    Missing,
    /// Postgres has thrown away WAL that it needs: nothing can be read from it any more.
    Lost,
    /// A connection reads from it.
    Resource,
    /// It waits for somebody to read from it.
    Free,
}

/// Makes sure that there is a slot which can be taken.
///
/// Where changes may have gone by without a slot to keep them, the log starts a new epoch, so that
/// no reader takes what follows for the continuation of what it has.
///
/// # Errors
/// [`CdcError::SlotHeld`] when another connection holds it; others when Postgres refuses.
pub(super) async fn prepare(
    endpoint: &Endpoint,
    pool: &PgPool,
    slot: &str,
) -> Result<(), CdcError> {
    match state(pool, slot).await? {
        SlotState::Resource => return Err(CdcError::SlotHeld),
        SlotState::Free if log::wal(pool).await? == Wal::Same => return Ok(()),
        SlotState::Free | SlotState::Missing | SlotState::Lost => {}
    }
    // Of its own, so that whatever is left unfinished ends with the connection.
    let mut connection = PgConnection::connect_with(&endpoint.connect_options()).await?;
    let outcome = set_up(&mut connection, pool, slot).await;
    connection.close().await?;
    outcome
}

/// One node at a time: what another one has set up meanwhile must not be lost again.
async fn set_up(connection: &mut PgConnection, pool: &PgPool, slot: &str) -> Result<(), CdcError> {
    sqlx::query("select pg_advisory_lock(hashtext('tributary replication slot'))")
        .execute(&mut *connection)
        .await?;
    let state = state(&mut *connection, slot).await?;
    let wal = log::wal(&mut *connection).await?;
    let lost = match (state, wal) {
        (SlotState::Resource, _) => return Err(CdcError::SlotHeld),
        (SlotState::Free, Wal::Same) => return Ok(()),
        (SlotState::Free | SlotState::Missing, Wal::Unread) => {
            // First, so that from the first slot on a missing one counts as lost.
            log::note_wal(&mut *connection).await?;
            if state == SlotState::Missing {
                create(connection, slot, Lifetime::Permanent).await?;
                info!(slot, "the replication slot was created");
            }
            return Ok(());
        }
        (SlotState::Missing, _) => "the replication slot was gone: changes may be missing",
        (SlotState::Lost, _) => "the replication slot was invalidated: changes may be missing",
        (SlotState::Free, Wal::Other) => {
            "the database was restored or failed over: what the log holds need not have happened"
        }
    };
    if state != SlotState::Missing {
        drop(connection, slot).await?;
    }
    create_for_new_epoch(connection, pool, slot, lost).await
}

async fn state(executor: impl PgExecutor<'_>, slot: &str) -> Result<SlotState, sqlx::Error> {
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
        Some((true, _)) => SlotState::Resource,
        Some((false, true)) => SlotState::Lost,
        Some((false, false)) => SlotState::Free,
    })
}

/// The new epoch must begin after the slot does, or a reader could miss what is committed between
/// the two; but once the slot is there, nothing tells any more that an epoch has to begin. So a
/// temporary slot marks the place, and becomes the slot when the epoch has begun. Whatever is
/// interrupted here is found undone, and done again.
async fn create_for_new_epoch(
    connection: &mut PgConnection,
    pool: &PgPool,
    slot: &str,
    lost: &str,
) -> Result<(), CdcError> {
    let pid: i32 =
        sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *connection).await?;
    let temporary = format!("tributary_new_{pid}");
    let start = create(connection, &temporary, Lifetime::Connection).await?;
    reached(CrashPoint::PlaceMarked).await;
    let epoch = log::begin_new_epoch(pool, start, lost).await?;
    reached(CrashPoint::EpochBegun).await;
    warn!(%epoch, slot, "the log begins a new epoch: {lost}");
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
    Connection,
}

/// Waits for the transactions that are under way: only what begins later can be read whole. Gives
/// the place after which that is.
async fn create(
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
    parse(&start)
}

async fn drop(connection: &mut PgConnection, slot: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_drop_replication_slot($1)").bind(slot).execute(connection).await?;
    Ok(())
}

/// How far the WAL is on disk, and so could be sent.
///
/// # Errors
/// When the database can't answer.
pub(super) async fn flushed(pool: &PgPool) -> Result<Lsn, sqlx::Error> {
    let lsn: String =
        sqlx::query_scalar("select pg_current_wal_flush_lsn()::text").fetch_one(pool).await?;
    parse(&lsn)
}

fn parse(lsn: &str) -> Result<Lsn, sqlx::Error> {
    lsn.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_database_is_named_as_it_is() {
        assert_eq!(name("tributary"), "tributary_tributary");
        assert_eq!(name("team_7"), "tributary_team_7");
    }

    #[test]
    fn other_names_are_made_to_fit_and_stay_apart() {
        let long = "x".repeat(63);
        let names = ["My-Team", "my-team", "my.team", "Ünïcode", &long, &long[1..]].map(name);
        for name in &names {
            assert!(name.len() <= 63, "{name}");
            assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_')), "{name}");
        }
        let different: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
    }
}
