//! The replication slot: where Postgres keeps our place in the WAL, and who in the cluster is the
//! worker.
//!
//! Only one connection can hold a slot, so holding it is being elected. When the holder dies,
//! Postgres lets go of it and another node takes it, at the place that was last acknowledged.

use sha2::{Digest, Sha256};
use sqlx::error::DatabaseError;
use sqlx::{Connection, PgConnection, PgPool};
use tracing::{info, warn};

use super::CdcError;
use crate::activity::{Lsn, log};
use crate::db::Endpoint;

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
    Held,
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
        SlotState::Free => Ok(()),
        SlotState::Held => Err(CdcError::SlotHeld),
        SlotState::Missing => create(endpoint, pool, slot).await,
        SlotState::Lost => {
            warn!(slot, "the replication slot was invalidated: it is replaced");
            drop(pool, slot).await?;
            create(endpoint, pool, slot).await
        }
    }
}

async fn state(pool: &PgPool, slot: &str) -> Result<SlotState, sqlx::Error> {
    let row: Option<(bool, bool)> = sqlx::query_as(
        "select active, coalesce(wal_status = 'lost', false)
           from pg_replication_slots
          where slot_name = $1",
    )
    .bind(slot)
    .fetch_optional(pool)
    .await?;
    Ok(match row {
        None => SlotState::Missing,
        Some((true, _)) => SlotState::Held,
        Some((false, true)) => SlotState::Lost,
        Some((false, false)) => SlotState::Free,
    })
}

async fn create(endpoint: &Endpoint, pool: &PgPool, slot: &str) -> Result<(), CdcError> {
    // Of its own, so that whatever is left unfinished ends with the connection.
    let mut connection = PgConnection::connect_with(&endpoint.connect_options()).await?;
    let has_history = log::head(pool).await?.position.0 > 0;
    let created = if has_history {
        create_for_new_epoch(&mut connection, pool, slot).await
    } else {
        create_named(&mut connection, slot, Lifetime::Permanent).await.map_err(CdcError::from)
    };
    connection.close().await?;
    match created {
        Err(CdcError::Database(error)) if is_duplicate(&error) => Err(CdcError::SlotHeld),
        Ok(()) => {
            info!(slot, "the replication slot was created");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The new epoch must begin after the slot does, or a reader could miss what is committed between
/// the two; but once the slot is there, nothing tells any more that an epoch has to begin. So a
/// temporary slot marks the place, and becomes the slot when the epoch has begun. Whatever is
/// interrupted here is found undone, and done again.
async fn create_for_new_epoch(
    connection: &mut PgConnection,
    pool: &PgPool,
    slot: &str,
) -> Result<(), CdcError> {
    let pid: i32 =
        sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *connection).await?;
    let temporary = format!("tributary_new_{pid}");
    create_named(connection, &temporary, Lifetime::Connection).await?;
    let epoch =
        log::begin_new_epoch(pool, "the replication slot was lost: changes may be missing").await?;
    warn!(%epoch, slot, "the log begins a new epoch: its replication slot was lost");
    sqlx::query("select pg_copy_logical_replication_slot($1, $2, false)")
        .bind(&temporary)
        .bind(slot)
        .execute(connection)
        .await?;
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Lifetime {
    Permanent,
    Connection,
}

/// Waits for the transactions that are under way: only what begins later can be read whole.
async fn create_named(
    connection: &mut PgConnection,
    slot: &str,
    lifetime: Lifetime,
) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_create_logical_replication_slot($1, 'pgoutput', $2)")
        .bind(slot)
        .bind(matches!(lifetime, Lifetime::Connection))
        .execute(connection)
        .await?;
    Ok(())
}

async fn drop(pool: &PgPool, slot: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_drop_replication_slot($1)").bind(slot).execute(pool).await?;
    Ok(())
}

/// Another node was faster.
fn is_duplicate(error: &sqlx::Error) -> bool {
    const DUPLICATE_OBJECT: &str = "42710";
    error
        .as_database_error()
        .and_then(DatabaseError::code)
        .is_some_and(|code| code == DUPLICATE_OBJECT)
}

/// How far the WAL is on disk, and so could be sent.
///
/// # Errors
/// When the database can't answer.
pub(super) async fn flushed(pool: &PgPool) -> Result<Lsn, sqlx::Error> {
    let lsn: String =
        sqlx::query_scalar("select pg_current_wal_flush_lsn()::text").fetch_one(pool).await?;
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
