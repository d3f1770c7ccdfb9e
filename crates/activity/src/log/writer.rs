//! Appends to the log.

use std::time::Duration;

use contract::{Cursor, Epoch, Position, UserId};
use sqlx::error::BoxDynError;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::binary_copy::CopyRows;
use super::epoch::change_epoch;
use super::snapshot::{Snapshot, TransactionId};
use super::{LogError, notify, parse_epoch, parse_lsn, partition};
use crate::{Commit, Lsn, NewActivity};
use db::transaction::begin;

/// Appends whole source transactions, in commit order, within one transaction of its own. Nothing is
/// written unless [`Self::commit`] is called.
///
/// It locks the row of `cdc_state` until the end, so that a worker that has lost its slot without
/// noticing can't write concurrently with the next worker.
#[derive(Debug)]
pub struct LogWriter {
    transaction: Transaction<'static, Postgres>,
    /// None once this writer has begun another epoch.
    epoch: Option<Epoch>,
    position: Position,
    /// The first position for which no partition exists.
    partition_end: Position,
    recorded: Lsn,
    /// The latest known snapshot. It may be outdated: newer snapshots contain more transactions.
    snapshot: Option<Snapshot>,
}

/// A part of a source transaction; usually all of it.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The transaction.
    pub commit: &'a Commit,
    /// The index of the first change within the transaction.
    pub first_ordinal: i32,
    /// The changes, in order.
    pub changes: &'a [NewActivity],
}

/// How long a committed transaction may stay invisible to queries before the writer gives up.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(10);

/// How often it is asked at once whether a transaction is visible. Usually it becomes so within microseconds.
const IMMEDIATE_POLLS: u32 = 10;

/// How long to wait afterwards before asking again.
const VISIBILITY_POLL_INTERVAL: Duration = Duration::from_millis(1);

impl LogWriter {
    /// Locks the log for writing.
    ///
    /// # Errors
    /// [`LogError::EpochChanged`] when the log's epoch isn't `epoch`; others when the database can't
    /// answer.
    pub async fn begin(pool: &PgPool, epoch: Epoch) -> Result<Self, LogError> {
        let mut transaction = begin(pool).await?;
        let (current, position, partition_end, recorded, snapshot): (_, _, _, String, String) =
            sqlx::query_as(
                "select epoch, last_position, partition_end, recorded_lsn::text,
                        pg_current_snapshot()::text
                   from cdc_state
                    for update",
            )
            .fetch_one(&mut *transaction)
            .await?;
        if parse_epoch(current)? != epoch {
            return Err(LogError::EpochChanged);
        }
        let recorded = parse_lsn(&recorded)?;
        let snapshot = Some(parse_snapshot(&snapshot)?);
        let epoch = Some(epoch);
        Ok(Self { transaction, epoch, position, partition_end, recorded, snapshot })
    }

    /// The end of the newest source transaction that was in the log when this writer began.
    #[must_use]
    pub const fn recorded_lsn(&self) -> Lsn {
        self.recorded
    }

    /// Appends parts of source transactions, in the order of their commits. Leaves out those that are
    /// already in the log, because Postgres sends everything again that wasn't acknowledged. Waits until
    /// queries see the source transactions, so that nobody reads an activity before the rows that it is
    /// about.
    ///
    /// # Errors
    /// [`LogError::NotVisible`] when they don't see one within 10 s; others when the database refuses; the
    /// writer's transaction is then rolled back.
    pub async fn append(&mut self, parts: &[Part<'_>]) -> Result<(), LogError> {
        let mut rows = CopyRows::new(COLUMNS);
        let (mut user_changes, mut quote_changes) = (Vec::new(), Vec::new());
        let mut position = self.position;
        for part in parts {
            if part.commit.lsn < self.recorded || part.changes.is_empty() {
                continue;
            }
            wait_until_visible(&mut self.transaction, &mut self.snapshot, part.commit.id).await?;
            for (ordinal, change) in (part.first_ordinal..).zip(part.changes) {
                position = Position(position.0 + 1);
                encode(&mut rows, position, part.commit, ordinal, change)
                    .map_err(sqlx::Error::Encode)?;
                if let Some(user) = change.user_id.filter(|_| change.concerns_other_users()) {
                    user_changes.push((position, user));
                }
                if change.changes_quotes() {
                    quote_changes.push((position, change.subject_id));
                }
            }
        }
        if position == self.position {
            return Ok(());
        }
        if position >= self.partition_end {
            self.partition_end = partition::open(&mut self.transaction, position).await?;
        }
        rows.send(&mut self.transaction, COPY).await?;
        self.append_user_organizations(user_changes).await?;
        self.append_readers_of_quotes(quote_changes).await?;
        self.position = position;
        Ok(())
    }

    /// Records whose members learn of changes of users.
    async fn append_user_organizations(
        &mut self,
        user_changes: Vec<(Position, UserId)>,
    ) -> Result<(), LogError> {
        if user_changes.is_empty() {
            return Ok(());
        }
        let (positions, users): (Vec<Position>, Vec<UserId>) = user_changes.into_iter().unzip();
        // Read after the change was committed. Whoever joins later gets the user with their membership.
        sqlx::query(
            "insert into activity_organizations (activity_id, organization_id, is_member, is_author)
             select change.activity_id, its.organization_id, its.is_member, its.is_author
               from unnest($1::bigint[], $2::uuid[]) as change (activity_id, user_id)
              cross join lateral (select organization_id, is_member, is_author
                                    from user_organizations
                                   where user_organizations.user_id = change.user_id) its",
        )
        .bind(positions)
        .bind(users)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Records who sees an open invitation that quotes a changed organization or user: the invited users, and
    /// the organizations whose admins see the invitations that the user sent.
    async fn append_readers_of_quotes(
        &mut self,
        quote_changes: Vec<(Position, Uuid)>,
    ) -> Result<(), LogError> {
        if quote_changes.is_empty() {
            return Ok(());
        }
        let (positions, subjects): (Vec<Position>, Vec<Uuid>) = quote_changes.into_iter().unzip();
        // Read after the change was committed. Later invitations show the new name.
        sqlx::query(
            "insert into activity_invited_users (activity_id, user_id)
             select change.activity_id, open.user_id
               from unnest($1::bigint[], $2::uuid[]) as change (activity_id, subject_id)
               join open_invitations open on open.organization_id = change.subject_id
              where open.user_id is not null
              union
             select change.activity_id, open.user_id
               from unnest($1::bigint[], $2::uuid[]) as change (activity_id, subject_id)
               join open_invitations open on open.invited_by = change.subject_id
              where open.user_id is not null",
        )
        .bind(&positions)
        .bind(&subjects)
        .execute(&mut *self.transaction)
        .await?;
        sqlx::query(
            "insert into activity_organizations
                    (activity_id, organization_id, is_member, is_author, is_inviter)
             select distinct change.activity_id, open.organization_id, false, false, true
               from unnest($1::bigint[], $2::uuid[]) as change (activity_id, subject_id)
               join open_invitations open on open.invited_by = change.subject_id
                 on conflict (activity_id, organization_id) do update set is_inviter = true",
        )
        .bind(&positions)
        .bind(&subjects)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Begins a new epoch with what was appended, because the appended changes are incomplete.
    /// `reason` is recorded as an incident. Returns the new epoch, which is valid once this writer
    /// has committed.
    ///
    /// # Errors
    /// When the database refuses; the writer's transaction is then rolled back.
    pub async fn begin_new_epoch(&mut self, reason: &str) -> Result<Epoch, LogError> {
        self.epoch = None;
        change_epoch(&mut self.transaction, reason).await
    }

    /// Commits, and notifies every node. `recorded` is the end of the newest appended source
    /// transaction; it may be acknowledged to the slot only after this. Returns the log's newest
    /// position.
    ///
    /// # Errors
    /// When the database refuses; the writer's transaction is then rolled back.
    pub async fn commit(mut self, recorded: Lsn) -> Result<Position, LogError> {
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
        let head = self.epoch.map(|epoch| Cursor { epoch, position: self.position });
        notify(&mut self.transaction, head).await?;
        self.transaction.commit().await?;
        Ok(self.position)
    }
}

/// Waits until queries see the transaction. `snapshot` is the latest known one, and is replaced by later ones.
///
/// # Errors
/// [`LogError::NotVisible`] after 10 s; others when the database can't answer.
pub(super) async fn wait_until_visible(
    connection: &mut PgConnection,
    snapshot: &mut Option<Snapshot>,
    id: TransactionId,
) -> Result<(), LogError> {
    let mut polls = 0;
    let poll = async {
        while !snapshot.as_ref().is_some_and(|snapshot| snapshot.sees(id)) {
            if polls > IMMEDIATE_POLLS {
                sleep(VISIBILITY_POLL_INTERVAL).await;
            }
            polls += 1;
            let current: String = sqlx::query_scalar("select pg_current_snapshot()::text")
                .fetch_one(&mut *connection)
                .await?;
            *snapshot = Some(parse_snapshot(&current)?);
        }
        Ok(())
    };
    timeout(VISIBILITY_TIMEOUT, poll).await.map_err(|_| LogError::NotVisible(id))?
}

fn parse_snapshot(text: &str) -> Result<Snapshot, LogError> {
    text.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)).into())
}

/// Records that Postgres has no changes for the log before `end`. `recorded` is the position that was
/// recorded last. Only a recorded position may be acknowledged to the slot: when the slot is ahead of
/// the log, the log was restored from a backup.
///
/// # Errors
/// [`LogError::ChangedByOthers`] when the log has another epoch or recorded position; others when the
/// database can't answer.
pub async fn record_idle(
    pool: &PgPool,
    epoch: Epoch,
    recorded: Lsn,
    end: Lsn,
) -> Result<(), LogError> {
    let updated = sqlx::query(
        "update cdc_state set recorded_lsn = $3::text::pg_lsn
          where epoch = $1 and recorded_lsn = $2::text::pg_lsn",
    )
    .bind(i64::from(epoch.number()))
    .bind(recorded.to_string())
    .bind(end.to_string())
    .execute(pool)
    .await?;
    if updated.rows_affected() == 0 { Err(LogError::ChangedByOthers) } else { Ok(()) }
}

/// The columns of [`COPY`].
const COLUMNS: i16 = 13;

const COPY: &str =
    "copy activities (id, commit_lsn, ordinal, kind, action, subject_id, organization_id,
    user_id, actor_id, mutation_id, changed, data, committed_at) from stdin (format binary)";

/// Adds the row of an activity, in the order of the columns of [`COPY`].
fn encode(
    rows: &mut CopyRows,
    position: Position,
    commit: &Commit,
    ordinal: i32,
    change: &NewActivity,
) -> Result<(), BoxDynError> {
    rows.begin_row();
    rows.field(position)?;
    rows.number(commit.lsn.0);
    rows.field(ordinal)?;
    rows.field(change.kind.as_str())?;
    rows.field(change.action)?;
    rows.field(change.subject_id)?;
    rows.field(change.organization_id)?;
    rows.field(change.user_id)?;
    rows.field(change.actor_id)?;
    rows.field(change.mutation_id)?;
    rows.field(&change.changed)?;
    rows.field(Json(&change.data))?;
    rows.field(commit.at)
}
