//! The state of the slot and the log at one moment.

use sqlx::{PgConnection, PgPool};

use super::parse_lsn;
use crate::CdcError;
use activity::log::WalMatch;
use activity::{Lsn, log};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotState {
    Missing,
    /// Postgres has removed WAL that the slot needs. Nothing can be read from it any more.
    Lost,
    /// A connection reads from it.
    InUse,
    Free,
}

/// The state of the slot, and how the log relates to it.
#[derive(Debug)]
pub(super) struct Inspection {
    pub(super) slot: SlotState,
    wal: WalMatch,
    /// The slot was acknowledged beyond what the log has recorded.
    is_ahead: bool,
    /// Why a new epoch has to begin: whoever began to replace the slot was interrupted.
    pending_reason: Option<String>,
}

impl Inspection {
    /// # Errors
    /// When the database can't answer.
    pub(super) async fn read(connection: &mut PgConnection, slot: &str) -> Result<Self, CdcError> {
        let row: Option<(bool, bool, bool)> = sqlx::query_as(
            "select active, coalesce(wal_status = 'lost', false),
                    coalesce(confirmed_flush_lsn > recorded_lsn and recorded_lsn > '0/0', false)
               from pg_replication_slots, cdc_state
              where slot_name = $1",
        )
        .bind(slot)
        .fetch_optional(&mut *connection)
        .await?;
        Ok(Self {
            slot: match row {
                None => SlotState::Missing,
                Some((true, ..)) => SlotState::InUse,
                Some((false, true, _)) => SlotState::Lost,
                Some((false, false, _)) => SlotState::Free,
            },
            wal: log::compare_wal(&mut *connection).await?,
            is_ahead: row.is_some_and(|(.., is_ahead)| is_ahead),
            pending_reason: log::pending_epoch_reason(connection).await?,
        })
    }

    /// Returns why the slot has to be replaced and a new epoch has to begin; none when the slot
    /// continues the log.
    pub(super) fn reason_to_replace(&self) -> Option<String> {
        let reason = match (self.slot, self.wal) {
            _ if self.pending_reason.is_some() => return self.pending_reason.clone(),
            (SlotState::Missing, WalMatch::Unread) => return None,
            (SlotState::Missing, _) => "the replication slot was dropped: changes may be missing",
            (SlotState::Lost, _) => "the replication slot was invalidated: changes may be missing",
            (_, WalMatch::Different) => {
                "the database was restored or failed over: it may not contain what the log says"
            }
            _ if self.is_ahead => {
                "the log was restored from a backup, or something else has advanced the slot: the \
                 log doesn't contain what was acknowledged"
            }
            _ => return None,
        };
        Some(reason.to_owned())
    }
}

/// How far Postgres and the reader of the slot are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The end of the WAL that is flushed to disk, up to which Postgres can send it.
    pub(crate) flushed: Lsn,
    /// The position acknowledged to the slot; none without a slot.
    pub(crate) acknowledged: Option<Lsn>,
}

/// # Errors
/// When the database can't answer.
pub(crate) async fn read_progress(pool: &PgPool, slot: &str) -> Result<Progress, sqlx::Error> {
    let (flushed, acknowledged): (String, Option<String>) = sqlx::query_as(
        "select pg_current_wal_flush_lsn()::text,
                (select confirmed_flush_lsn::text from pg_replication_slots where slot_name = $1)",
    )
    .bind(slot)
    .fetch_one(pool)
    .await?;
    Ok(Progress {
        flushed: parse_lsn(&flushed)?,
        acknowledged: acknowledged.as_deref().map(parse_lsn).transpose()?,
    })
}

/// Whether the slot is used by a connection with that application name.
///
/// # Errors
/// When the database can't answer.
pub(crate) async fn is_read_by(
    pool: &PgPool,
    slot: &str,
    application_name: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (select from pg_replication_slots
                          join pg_stat_activity on pid = active_pid
                         where slot_name = $1 and application_name = $2)",
    )
    .bind(slot)
    .bind(application_name)
    .fetch_one(pool)
    .await
}
