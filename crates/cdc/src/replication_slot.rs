//! The replication slot: it makes Postgres retain the WAL that the worker hasn't acknowledged, and it
//! elects the cluster's active worker.
//!
//! Only one connection can use a slot, so acquiring it is the election. When the active worker's
//! connection ends, Postgres frees the slot, and another node's worker acquires it and resumes at the
//! last acknowledged position.

mod blocker;
mod inspection;

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::sleep;
use tracing::{info, warn};

use self::inspection::{Inspection, SlotState};
use super::{CdcError, publication};
use activity::{Lsn, log};
use db::Endpoint;
use db::crash_point::{CrashPoint, reached};

pub use blocker::Blocker;
pub(super) use inspection::{Progress, is_read_by, read_progress};

/// How long to wait for a slot before saying what it waits for.
const BLOCKED_NOTICE_INTERVAL: Duration = Duration::from_secs(10);

/// The SQLSTATE `query_canceled`.
const QUERY_CANCELED: &str = "57014";

/// The SQLSTATE `configuration_limit_exceeded`.
const CONFIGURATION_LIMIT_EXCEEDED: &str = "53400";

/// Postgres' limit for names, in bytes.
const MAX_NAME_LENGTH: usize = 63;

/// Returns the name of the slot for a database: `tributary_` and the database's name.
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

/// Creates the replication slot unless it exists. From then on, Postgres retains the WAL for the
/// worker, whichever node runs it.
///
/// To be called before the server changes anything: changes that are committed without a slot never
/// reach the log. Waits 10 s at most for transactions that keep Postgres from creating the slot; after
/// that the worker goes on waiting, and says for what.
///
/// # Errors
/// When Postgres can't be reached, or has no free slot.
pub async fn ensure_slot(endpoint: &Endpoint, pool: &PgPool) -> Result<(), CdcError> {
    let slot = slot_name(&endpoint.database);
    let slot = Slot { endpoint, pool, name: &slot, patience: Patience::Short, on_blocked: &|_| {} };
    match slot.ensure_free().await {
        Ok(()) | Err(CdcError::SlotInUse) => Ok(()),
        Err(error @ CdcError::SlotBlocked(_)) => {
            warn!("{error}");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// How long to wait for the transactions that keep a slot from being created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// 10 s.
    Short,
    /// As long as it takes.
    Endless,
}

/// The slot of a database, to be created or replaced.
pub(super) struct Slot<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) pool: &'a PgPool,
    pub(super) name: &'a str,
    pub(super) patience: Patience,
    /// Called every 10 s with a sentence on what the creation waits for.
    pub(super) on_blocked: &'a (dyn Fn(String) + Send + Sync),
}

impl Slot<'_> {
    /// Creates the slot unless it exists, and checks that it can be acquired, continues the log, and
    /// that the publication is complete.
    ///
    /// When changes may have been committed that Postgres won't send, the slot is replaced and the log
    /// begins a new epoch, so that no reader takes later activities for the continuation of those
    /// that it has.
    ///
    /// # Errors
    /// [`CdcError::SlotInUse`] when another connection uses the slot, [`CdcError::SlotBlocked`] when
    /// the patience is over; others when Postgres can't be reached or has no free slot.
    pub(super) async fn ensure_free(&self) -> Result<(), CdcError> {
        let mut connection = self.pool.acquire().await?;
        let state = Inspection::read(&mut connection, self.name).await?;
        let publication = publication::inspect(&mut connection).await?;
        drop(connection);
        match state.slot {
            SlotState::InUse => Err(CdcError::SlotInUse),
            SlotState::Free
                if publication.faults.is_empty()
                    && publication.is_recorded
                    && state.reason_to_replace().is_none() =>
            {
                Ok(())
            }
            _ => self.create_or_replace(None).await,
        }
    }

    /// Replaces the slot, and begins a new epoch. To be called when what Postgres sends can't be
    /// used.
    ///
    /// # Errors
    /// Like [`Self::ensure_free`].
    pub(super) async fn replace(&self, reason: String) -> Result<(), CdcError> {
        self.create_or_replace(Some(reason)).await
    }

    async fn create_or_replace(&self, reason: Option<String>) -> Result<(), CdcError> {
        // A connection of its own: when this is interrupted, closing it releases the lock.
        let mut connection = PgConnection::connect_with(&self.endpoint.connect_options()).await?;
        let outcome = self.create_or_replace_locked(&mut connection, reason).await;
        connection.close().await?;
        outcome
    }

    /// Runs on one node at a time, so that no node drops a slot that another has just created.
    async fn create_or_replace_locked(
        &self,
        connection: &mut PgConnection,
        reason: Option<String>,
    ) -> Result<(), CdcError> {
        let limit = match self.patience {
            Patience::Short => BLOCKED_NOTICE_INTERVAL.as_millis().to_string(),
            Patience::Endless => "0".to_owned(),
        };
        sqlx::query("select set_config('statement_timeout', $1, false)")
            .bind(limit)
            .execute(&mut *connection)
            .await?;
        sqlx::query("select pg_advisory_lock(hashtext('tributary replication slot'))")
            .execute(&mut *connection)
            .await
            .map_err(blocked)?;
        let state = Inspection::read(connection, self.name).await?;
        if state.slot == SlotState::InUse {
            return Err(CdcError::SlotInUse);
        }
        let publication = publication::inspect(connection).await?;
        let faults = &publication.faults;
        let incomplete = (!faults.is_empty()).then(|| publication::describe(faults));
        let Some(reason) = state.reason_to_replace().or(incomplete).or(reason) else {
            if state.slot == SlotState::Missing {
                // Recorded before the first slot exists: from then on, a missing slot means lost
                // changes.
                log::record_wal_timeline(&mut *connection).await?;
                self.create(connection).await?;
                info!("Created the replication slot");
            }
            // A table that a new version publishes is added to those that are recorded.
            publication.record(&mut *connection).await?;
            return Ok(());
        };
        // Whoever is interrupted from here on is followed by another who finds this reason.
        log::request_new_epoch(&mut *connection, &reason).await?;
        reached(CrashPoint::NewEpochRequested).await;
        publication::repair(connection, faults).await.map_err(CdcError::Publication)?;
        if state.slot != SlotState::Missing {
            drop_slot(connection, self.name).await?;
        }
        // The epoch begins after its slot exists: everything that is committed after the slot's start
        // reaches the log in the new epoch.
        let start = self.create(connection).await?;
        publication::inspect(connection).await?.record(&mut *connection).await?;
        reached(CrashPoint::SlotCreated).await;
        let epoch = log::begin_new_epoch(self.pool, start, &reason).await?;
        reached(CrashPoint::EpochCommitted).await;
        warn!(%epoch, "The activity log begins a new epoch: {reason}");
        Ok(())
    }

    /// Returns the LSN from which transactions are decoded. Postgres first waits for all open
    /// transactions to end, because only a transaction that begins later can be read completely.
    async fn create(&self, connection: &mut PgConnection) -> Result<Lsn, CdcError> {
        let pid: i32 =
            sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *connection).await?;
        let create = sqlx::query_scalar(
            "select lsn::text from pg_create_logical_replication_slot($1, 'pgoutput')",
        )
        .bind(self.name)
        .fetch_one(connection);
        let created: Result<String, sqlx::Error> = tokio::select! {
            created = create => created,
            never = self.report_blockers(pid) => match never {},
        };
        Ok(parse_lsn(&created.map_err(blocked)?)?)
    }

    /// Says every 10 s what the backend with that process id waits for.
    async fn report_blockers(&self, pid: i32) -> Infallible {
        loop {
            // A little earlier than the statement is cancelled.
            sleep(BLOCKED_NOTICE_INTERVAL - Duration::from_secs(1)).await;
            if let Ok(Some(blocker)) = blocker::of_backend(self.pool, pid).await {
                let sentence = CdcError::SlotBlocked(Some(blocker)).to_string();
                warn!("{sentence}");
                (self.on_blocked)(sentence);
            }
        }
    }
}

/// Names the errors of a statement that waits for other transactions.
fn blocked(error: sqlx::Error) -> CdcError {
    let code = error.as_database_error().and_then(|error| error.code().map(Cow::into_owned));
    match code.as_deref() {
        Some(QUERY_CANCELED) => CdcError::SlotBlocked(None),
        Some(CONFIGURATION_LIMIT_EXCEEDED) => CdcError::NoFreeSlot,
        _ => error.into(),
    }
}

async fn drop_slot(connection: &mut PgConnection, slot: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_drop_replication_slot($1)").bind(slot).execute(connection).await?;
    Ok(())
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
