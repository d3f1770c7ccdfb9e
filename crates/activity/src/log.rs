//! The activity log: the tables `activities` (in partitions) and `cdc_state`. The CDC worker is the
//! only writer; every node reads.

mod binary_copy;
mod epoch;
mod history;
pub mod missed;
mod partition;
mod recent_activity;
mod small_batch;
pub mod snapshot;
mod writer;

use contract::{Action, Cursor, Epoch, MutationId, OrganizationId, Position, Timestamp, UserId};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, PgExecutor, PgPool, Postgres, Transaction};
use uuid::Uuid;

pub use epoch::{
    WalMatch, begin_new_epoch, compare_wal, pending_epoch_reason, record_wal_timeline,
    request_new_epoch,
};
pub use history::{HistoryEntry, HistoryFilter, history};
pub use partition::{Retention, enforce_retention};
pub use recent_activity::{InvitationVisibility, ReadableOrganization, recent_activity};
pub use small_batch::{SmallBatch, append_small_batch};
pub use writer::{LogWriter, Part, record_idle};

use self::snapshot::TransactionId;

use super::{Activity, ActivityKind, Lsn, NewActivity, UserOrganization};
use db::transaction::begin_with;

/// The `notify` channel that wakes the tail of every node when activities are committed. A notification names
/// the log's head as a cursor, or nothing after a new epoch.
pub const CHANNEL: &str = "activities";

/// Why the log can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database is unreachable or refused a statement.
    #[error("the activity log can't be read or written: {0}")]
    Database(#[from] sqlx::Error),
    /// The row of `cdc_state` has a value that no version of this program writes.
    #[error("cdc_state has an invalid value: {0}")]
    Corrupt(String),
    /// A source transaction is on disk, but queries don't see it.
    #[error(
        "queries don't see transaction {} yet, although it is on disk; if synchronous replication is \
         on, check that the standby answers",
        .0.0
    )]
    NotVisible(TransactionId),
    /// A new epoch has begun since the worker acquired its slot.
    #[error("a new epoch of the activity log has begun")]
    EpochChanged,
    /// The log isn't as the worker has left it, for example because a backup was restored.
    #[error("something else than the CDC worker has changed the activity log")]
    ChangedByOthers,
}

/// The epoch and the newest position of the log.
///
/// # Errors
/// When the database can't answer.
pub async fn head(executor: impl PgExecutor<'_>) -> Result<Cursor, LogError> {
    let (epoch, position): (i64, Position) =
        sqlx::query_as("select epoch, last_position from cdc_state").fetch_one(executor).await?;
    Ok(Cursor { epoch: parse_epoch(epoch)?, position })
}

/// The epoch, and the end of the newest source transaction that is in the log.
///
/// # Errors
/// When the database can't answer.
pub async fn recorded(executor: impl PgExecutor<'_>) -> Result<(Epoch, Lsn), LogError> {
    let (epoch, recorded): (i64, String) =
        sqlx::query_as("select epoch, recorded_lsn::text from cdc_state")
            .fetch_one(executor)
            .await?;
    Ok((parse_epoch(epoch)?, parse_lsn(&recorded)?))
}

fn parse_lsn(text: &str) -> Result<Lsn, LogError> {
    text.parse().map_err(|error| LogError::Corrupt(format!("{error}")))
}

/// Which positions the log has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogBounds {
    /// The epoch and the newest position.
    pub head: Cursor,
    /// The newest position that was dropped by the retention. Every later activity is in the log.
    pub horizon: Position,
}

/// The bounds of the log at this moment.
///
/// Partitions may be dropped between this query and the next. A caller that reads activities
/// afterwards does both within [`begin_snapshot`], or compares the horizon again.
///
/// # Errors
/// When the database can't answer.
pub async fn bounds(executor: impl PgExecutor<'_>) -> Result<LogBounds, LogError> {
    let (epoch, position, horizon) =
        sqlx::query_as("select epoch, last_position, horizon from cdc_state")
            .fetch_one(executor)
            .await?;
    LogBounds::from_columns(epoch, position, horizon)
}

impl LogBounds {
    /// The bounds as they are stored in `cdc_state`.
    ///
    /// # Errors
    /// When the epoch is out of range.
    pub fn from_columns(
        epoch: i64,
        last_position: Position,
        horizon: Position,
    ) -> Result<Self, LogError> {
        let head = Cursor { epoch: parse_epoch(epoch)?, position: last_position };
        Ok(Self { head, horizon })
    }
}

/// Begins a transaction that reads one snapshot of the database. No partition of the log is dropped
/// until it ends.
///
/// # Errors
/// When the database can't answer.
pub async fn begin_snapshot(pool: &PgPool) -> Result<Transaction<'static, Postgres>, LogError> {
    // The lock precedes the first query, and therefore the snapshot: every partition that is part
    // of the snapshot still exists.
    let statement = "begin isolation level repeatable read read only;
                     lock table activities in access share mode";
    Ok(begin_with(pool, statement).await?)
}

fn parse_epoch(number: i64) -> Result<Epoch, LogError> {
    let number = u32::try_from(number)
        .map_err(|_| LogError::Corrupt(format!("the epoch {number} is out of range")))?;
    Ok(Epoch::new(number))
}

/// The columns of [`RoutedRow`], of a row of `activities`.
macro_rules! routed_columns {
    () => {
        "id, committed_at, kind, action, subject_id, organization_id, user_id, actor_id,
         mutation_id, changed, data,
         case when kind = 'user' and action = 'updated' then
             (select coalesce(jsonb_agg(jsonb_build_object(
                         'id', organization_id, 'is_member', is_member, 'is_author', is_author,
                         'is_inviter', is_inviter)),
                     '[]')
                from activity_organizations where activity_id = activities.id)
         end as user_organizations,
         case when kind in ('organization', 'user') and action = 'updated' then
             (select array_agg(activity_invited_users.user_id)
                from activity_invited_users where activity_id = activities.id)
         end as invited_users"
    };
}

/// The activities after `position`, oldest first, at most `limit`.
///
/// # Errors
/// When the database can't answer.
pub async fn activities_after(
    executor: impl PgExecutor<'_>,
    position: Position,
    limit: i64,
) -> Result<Vec<Activity>, LogError> {
    const STATEMENT: &str = concat!(
        "select ",
        routed_columns!(),
        " from activities where id > $1 order by id limit $2"
    );
    read_activities(executor, STATEMENT, position, limit).await
}

/// The activities at or before `position`, newest first, at most `limit`.
///
/// # Errors
/// When the database can't answer.
pub async fn activities_before(
    executor: impl PgExecutor<'_>,
    position: Position,
    limit: i64,
) -> Result<Vec<Activity>, LogError> {
    const STATEMENT: &str = concat!(
        "select ",
        routed_columns!(),
        " from activities where id <= $1 order by id desc limit $2"
    );
    read_activities(executor, STATEMENT, position, limit).await
}

async fn read_activities(
    executor: impl PgExecutor<'_>,
    statement: &'static str,
    position: Position,
    limit: i64,
) -> Result<Vec<Activity>, LogError> {
    let rows: Vec<RoutedRow> =
        sqlx::query_as(statement).bind(position).bind(limit).fetch_all(executor).await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}

/// An activity, and who learns of it although it belongs to a user, or although they aren't members.
#[derive(FromRow)]
struct RoutedRow {
    #[sqlx(flatten)]
    activity: ActivityRow,
    user_organizations: Option<Json<Vec<UserOrganization>>>,
    invited_users: Option<Vec<UserId>>,
}

impl From<RoutedRow> for Activity {
    fn from(row: RoutedRow) -> Self {
        let user_organizations = row.user_organizations.map(|Json(its)| its).unwrap_or_default();
        let invited_users = row.invited_users.unwrap_or_default();
        Self { user_organizations, invited_users, ..row.activity.into() }
    }
}

async fn notify(
    transaction: &mut Transaction<'_, Postgres>,
    head: Option<Cursor>,
) -> Result<(), sqlx::Error> {
    let head = head.map(|head| head.to_string()).unwrap_or_default();
    sqlx::query("select pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(head)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// A row of `activities`, as the queries of this crate select it.
#[derive(FromRow)]
pub(crate) struct ActivityRow {
    id: Position,
    committed_at: Timestamp,
    #[sqlx(try_from = "String")]
    kind: ActivityKind,
    action: Action,
    subject_id: Uuid,
    organization_id: Option<OrganizationId>,
    user_id: Option<UserId>,
    actor_id: Option<UserId>,
    mutation_id: Option<MutationId>,
    changed: Vec<String>,
    data: Value,
}

impl From<ActivityRow> for Activity {
    fn from(row: ActivityRow) -> Self {
        Self {
            position: row.id,
            committed_at: row.committed_at,
            change: NewActivity {
                kind: row.kind,
                action: row.action,
                subject_id: row.subject_id,
                organization_id: row.organization_id,
                user_id: row.user_id,
                actor_id: row.actor_id,
                mutation_id: row.mutation_id,
                changed: row.changed,
                data: row.data,
            },
            user_organizations: Vec::new(),
            invited_users: Vec::new(),
        }
    }
}
