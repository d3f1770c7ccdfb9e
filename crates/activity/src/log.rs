//! The tables `activities`, its partitions, and `cdc_state`: written by one worker, read by every
//! node.

mod epoch;
mod history;
pub mod missed;
mod partition;
mod recent_activity;

use contract::{Action, Cursor, Epoch, MutationId, OrganizationId, Position, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, PgExecutor, PgPool, Postgres, Transaction};
use uuid::Uuid;

pub use epoch::{Wal, begin_new_epoch, note_wal, wal};
pub use history::{HistoryFilter, Past, history};
pub use partition::{Retained, retain};
pub use recent_activity::{Invitations, Told, lately};

use super::{Activity, ActivityKind, Commit, Lsn, NewActivity};
use db::transaction::{begin, begin_with};

/// The channel that tells every node of new activities.
pub const CHANNEL: &str = "activities";

/// What can go wrong with the log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database refused or is away.
    #[error("the activity log can't be reached: {0}")]
    Database(#[from] sqlx::Error),
    /// The row of `cdc_state` holds something that no version of this program writes.
    #[error("cdc_state holds {0}")]
    Corrupt(String),
    /// Another log has begun since this writer's worker took the slot.
    #[error("the log began another epoch meanwhile")]
    Rebuilt,
}

/// The newest place of the log.
///
/// # Errors
/// When the database can't answer.
pub async fn head(executor: impl PgExecutor<'_>) -> Result<Cursor, LogError> {
    let (epoch, position): (i64, Position) =
        sqlx::query_as("select epoch, last_position from cdc_state").fetch_one(executor).await?;
    Ok(Cursor { epoch: epoch_of(epoch)?, position })
}

/// From where to where the log goes.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The newest place.
    pub head: Cursor,
    /// The newest place that was dropped: what follows it is there.
    pub horizon: Position,
}

/// From where to where the log goes.
///
/// Whoever reads this and then activities holds the log meanwhile ([`hold`]), or finds out otherwise
/// whether something was dropped in between.
///
/// # Errors
/// When the database can't answer.
pub async fn extent(executor: impl PgExecutor<'_>) -> Result<Extent, LogError> {
    let (epoch, position, horizon): (i64, Position, Position) =
        sqlx::query_as("select epoch, last_position, horizon from cdc_state")
            .fetch_one(executor)
            .await?;
    Ok(Extent { head: Cursor { epoch: epoch_of(epoch)?, position }, horizon })
}

/// Begins a transaction that reads one state of the database, of whose log nothing is dropped until
/// it ends.
///
/// # Errors
/// When the database can't answer.
pub async fn hold(pool: &PgPool) -> Result<Transaction<'static, Postgres>, LogError> {
    // The lock comes before the first query, and so before the snapshot: no partition that the
    // snapshot has can be gone.
    let statement = "begin isolation level repeatable read read only;
                     lock table activities in access share mode";
    Ok(begin_with(pool, statement).await?)
}

fn epoch_of(number: i64) -> Result<Epoch, LogError> {
    let number = u32::try_from(number)
        .map_err(|_| LogError::Corrupt(format!("the epoch {number}, which is out of range")))?;
    Ok(Epoch::new(number))
}

/// The activities after `position`, oldest first, at most `limit`.
///
/// # Errors
/// When the database can't answer.
pub async fn after(
    executor: impl PgExecutor<'_>,
    position: Position,
    limit: i64,
) -> Result<Vec<Activity>, LogError> {
    let rows: Vec<ActivityRow> = sqlx::query_as(
        "select id, committed_at, kind, action, subject_id, organization_id, user_id,
                actor_id, mutation_id, changed, data
           from activities
          where id > $1
          order by id
          limit $2",
    )
    .bind(position)
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}

async fn notify(transaction: &mut Transaction<'_, Postgres>) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(&mut **transaction).await?;
    Ok(())
}

/// Writes whole source transactions, in commit order, in one transaction of its own.
///
/// It holds the row of `cdc_state` from beginning to end, so that a worker that lost its slot
/// without noticing can't write beside its successor.
#[derive(Debug)]
pub struct Writer {
    transaction: Transaction<'static, Postgres>,
    position: Position,
    /// The first position that no partition has room for.
    partition_end: Position,
    recorded: Lsn,
}

impl Writer {
    /// Locks the log of that epoch for writing.
    ///
    /// # Errors
    /// [`LogError::Rebuilt`] when the log is another one by now; others when the database can't
    /// answer.
    pub async fn begin(pool: &PgPool, epoch: Epoch) -> Result<Self, LogError> {
        let mut transaction = begin(pool).await?;
        let (present, position, partition_end, recorded): (i64, Position, Position, String) =
            sqlx::query_as(
                "select epoch, last_position, partition_end, recorded_lsn::text
                   from cdc_state
                    for update",
            )
            .fetch_one(&mut *transaction)
            .await?;
        if epoch_of(present)? != epoch {
            return Err(LogError::Rebuilt);
        }
        let recorded = recorded.parse().map_err(|error| LogError::Corrupt(format!("{error}")))?;
        Ok(Self { transaction, position, partition_end, recorded })
    }

    /// The end of the newest source transaction that is in the log.
    #[must_use]
    pub const fn recorded(&self) -> Lsn {
        self.recorded
    }

    /// Adds changes of one source transaction; `first_ordinal` is the place of the first of them
    /// within it. Does nothing when that transaction is in the log already.
    ///
    /// # Errors
    /// When the database refuses; nothing of this writer is then kept.
    pub async fn append(
        &mut self,
        commit: &Commit,
        first_ordinal: i32,
        changes: &[NewActivity],
    ) -> Result<(), LogError> {
        if commit.lsn < self.recorded || changes.is_empty() {
            return Ok(());
        }
        let rows: Vec<NewRow<'_>> = (self.position.0 + 1..)
            .zip(first_ordinal..)
            .zip(changes)
            .map(|((id, ordinal), change)| NewRow::new(id, ordinal, change))
            .collect();
        let newest = Position(self.position.0 + i64::try_from(rows.len()).unwrap_or(i64::MAX));
        if newest >= self.partition_end {
            self.partition_end =
                partition::open(&mut self.transaction, self.partition_end, newest).await?;
        }
        sqlx::query(
            "insert into activities (id, commit_lsn, ordinal, kind, action, subject_id,
                    organization_id, user_id, actor_id, mutation_id, changed, data, committed_at)
             select id, $1::text::pg_lsn, ordinal, kind, action, subject_id,
                    organization_id, user_id, actor_id, mutation_id, changed, data, $2
               from jsonb_to_recordset($3) as change (
                    id bigint, ordinal integer, kind text, action text, subject_id uuid,
                    organization_id uuid, user_id uuid, actor_id uuid, mutation_id uuid,
                    changed text[], data jsonb)",
        )
        .bind(commit.lsn.to_string())
        .bind(commit.at)
        .bind(Json(&rows))
        .execute(&mut *self.transaction)
        .await?;
        self.position = newest;
        Ok(())
    }

    /// Makes it durable and tells every node. `recorded` is the end of the newest source
    /// transaction that was handed in; only after this may the slot be told of it.
    ///
    /// # Errors
    /// When the database refuses; nothing of this writer is then kept.
    pub async fn finish(mut self, recorded: Lsn) -> Result<Position, LogError> {
        sqlx::query(
            "update cdc_state
                set last_position = $1,
                    recorded_lsn = greatest(recorded_lsn, $2::text::pg_lsn),
                    updated_at = now()",
        )
        .bind(self.position)
        .bind(recorded.to_string())
        .execute(&mut *self.transaction)
        .await?;
        notify(&mut self.transaction).await?;
        self.transaction.commit().await?;
        Ok(self.position)
    }
}

#[derive(Serialize)]
struct NewRow<'a> {
    id: i64,
    ordinal: i32,
    kind: &'static str,
    action: Action,
    subject_id: Uuid,
    organization_id: Option<OrganizationId>,
    user_id: Option<UserId>,
    actor_id: Option<UserId>,
    mutation_id: Option<MutationId>,
    changed: &'a [String],
    data: &'a Value,
}

impl<'a> NewRow<'a> {
    fn new(id: i64, ordinal: i32, change: &'a NewActivity) -> Self {
        Self {
            id,
            ordinal,
            kind: change.kind.as_str(),
            action: change.action,
            subject_id: change.subject_id,
            organization_id: change.organization_id,
            user_id: change.user_id,
            actor_id: change.actor_id,
            mutation_id: change.mutation_id,
            changed: &change.changed,
            data: &change.data,
        }
    }
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
        }
    }
}
