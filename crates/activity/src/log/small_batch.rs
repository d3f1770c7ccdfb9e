//! Appends a small batch with one statement.
//!
//! [`LogWriter`](super::LogWriter) takes eight round trips to the database, however few the changes are, and
//! every reader waits for them. This takes two.

use contract::{Epoch, MutationId, OrganizationId, Position, Timestamp, UserId};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use super::writer::wait_until_visible;
use super::{CHANNEL, LogError, Part};
use crate::{Activity, Lsn, NewActivity};

/// The most changes that one statement appends. More are appended faster by `copy`.
const MAX_CHANGES: usize = 16;

/// A user who has an invitation that quotes the change at a position.
type Invited = (Position, UserId);

/// Whether a batch was appended.
#[derive(Clone, Debug, PartialEq)]
pub enum SmallBatch {
    /// It is in the log, as these activities.
    Appended(Vec<Activity>),
    /// Nothing was written: it is large, has changes of users that others learn of, repeats what is
    /// in the log, needs a new partition, or the log isn't as the caller knows it.
    Unsuitable,
}

/// Appends whole source transactions, in commit order, and notifies every node. `recorded` is the position
/// that the log has recorded, `end` the end of the newest of the transactions. Waits until queries see them,
/// as [`LogWriter::append`](super::LogWriter::append) does.
///
/// # Errors
/// [`LogError::NotVisible`] when queries don't see a transaction within 10 s; others when the database
/// refuses. Nothing is written then, unless the connection was lost before the answer came.
pub async fn append_small_batch(
    pool: &PgPool,
    epoch: Epoch,
    recorded: Lsn,
    parts: &[Part<'_>],
    end: Lsn,
) -> Result<SmallBatch, LogError> {
    let Some(columns) = Columns::of(parts, recorded) else { return Ok(SmallBatch::Unsuitable) };
    let mut connection = pool.acquire().await?;
    let mut snapshot = None;
    for part in parts {
        wait_until_visible(&mut connection, &mut snapshot, part.commit.id).await?;
    }
    let count = i64::try_from(columns.subject_ids.len()).unwrap_or(i64::MAX);
    let appended: Option<(Position, Json<Vec<Invited>>)> = sqlx::query_as(APPEND)
        .bind(i64::from(epoch.number()))
        .bind(recorded.to_string())
        .bind(end.to_string())
        .bind(count)
        .bind(CHANNEL)
        .bind(columns.commit_lsns)
        .bind(columns.ordinals)
        .bind(columns.kinds)
        .bind(columns.actions)
        .bind(columns.subject_ids)
        .bind(columns.organization_ids)
        .bind(columns.user_ids)
        .bind(columns.actor_ids)
        .bind(columns.mutation_ids)
        .bind(columns.changed)
        .bind(columns.data)
        .bind(columns.committed_at)
        .bind(epoch.to_string())
        .bind(columns.quoted_numbers)
        .bind(columns.quoted_ids)
        .fetch_optional(&mut *connection)
        .await?;
    Ok(appended.map_or(SmallBatch::Unsuitable, |(last, Json(invited))| {
        SmallBatch::Appended(activities(parts, Position(last.0 - count), &invited))
    }))
}

/// The activities of `parts`, which follow the position `before`.
fn activities(parts: &[Part<'_>], before: Position, invited: &[Invited]) -> Vec<Activity> {
    let changes = parts.iter().flat_map(|part| part.changes.iter().map(|it| (part.commit, it)));
    (before.0 + 1..)
        .map(Position)
        .zip(changes)
        .map(|(position, (commit, change))| Activity {
            position,
            committed_at: commit.at,
            change: change.clone(),
            user_organizations: Vec::new(),
            invited_users: invited.iter().filter(|it| it.0 == position).map(|it| it.1).collect(),
        })
        .collect()
}

/// Appends nothing, and returns no row, unless the log is as the caller knows it and has a partition for
/// the rows. It never waits for the row of `cdc_state`: it has locked the table of activities by then, for which
/// the retention waits with that row locked.
const APPEND: &str = "with state as (
         select singleton
           from cdc_state
          where epoch = $1 and recorded_lsn = $2::text::pg_lsn and last_position + $4 < partition_end
            for update skip locked
     ), log as (
         update cdc_state
            set last_position = last_position + $4,
                recorded_lsn = greatest(recorded_lsn, $3::text::pg_lsn),
                updated_at = now()
           from state
          where cdc_state.singleton = state.singleton
         returning last_position
     ), appended as (
         insert into activities (id, commit_lsn, ordinal, kind, action, subject_id, organization_id,
                                 user_id, actor_id, mutation_id, changed, data, committed_at)
         select log.last_position - $4 + number, commit_lsn::pg_lsn, ordinal, kind, action, subject_id,
                organization_id, user_id, actor_id, mutation_id,
                array(select jsonb_array_elements_text(changed)), data, committed_at
           from log
          cross join unnest($6::text[], $7::int4[], $8::text[], $9::text[], $10::uuid[], $11::uuid[],
                            $12::uuid[], $13::uuid[], $14::uuid[], $15::jsonb[], $16::jsonb[],
                            $17::timestamptz[])
                with ordinality as added (commit_lsn, ordinal, kind, action, subject_id, organization_id,
                                          user_id, actor_id, mutation_id, changed, data, committed_at,
                                          number)
     ), invited as (
         insert into activity_invited_users (activity_id, user_id)
         select distinct log.last_position - $4 + number, open.user_id
           from log
          cross join unnest($19::int8[], $20::uuid[]) as changed (number, organization_id)
           join open_invitations open using (organization_id)
          where open.user_id is not null
         returning activity_id, user_id
     )
     select last_position,
            (select coalesce(jsonb_agg(jsonb_build_array(activity_id, user_id)), '[]') from invited)
       from log, pg_notify($5, $18 || '.' || last_position)";

/// The rows, as one array for each column.
#[derive(Default)]
struct Columns<'a> {
    commit_lsns: Vec<String>,
    ordinals: Vec<i32>,
    kinds: Vec<&'a str>,
    actions: Vec<contract::Action>,
    subject_ids: Vec<Uuid>,
    organization_ids: Vec<Option<OrganizationId>>,
    user_ids: Vec<Option<UserId>>,
    actor_ids: Vec<Option<UserId>>,
    mutation_ids: Vec<Option<MutationId>>,
    changed: Vec<Json<&'a [String]>>,
    data: Vec<Json<&'a serde_json::Value>>,
    committed_at: Vec<Timestamp>,
    /// The organizations whose names changed, and the numbers of the changes in the batch, from 1.
    quoted_ids: Vec<Uuid>,
    quoted_numbers: Vec<i64>,
}

impl<'a> Columns<'a> {
    /// None for a batch that one statement can't append.
    fn of(parts: &'a [Part<'_>], recorded: Lsn) -> Option<Self> {
        let count: usize = parts.iter().map(|part| part.changes.len()).sum();
        let is_repeated = parts.iter().any(|part| part.commit.lsn < recorded);
        let renames_users =
            || parts.iter().flat_map(|part| part.changes).any(NewActivity::concerns_other_users);
        if count == 0 || count > MAX_CHANGES || is_repeated || renames_users() {
            return None;
        }
        let mut columns = Self::default();
        for part in parts {
            for (ordinal, change) in (part.first_ordinal..).zip(part.changes) {
                columns.push(part, ordinal, change);
            }
        }
        Some(columns)
    }

    fn push(&mut self, part: &Part<'_>, ordinal: i32, change: &'a NewActivity) {
        // Changes of users aren't appended here.
        if change.changes_quotes() {
            self.quoted_ids.push(change.subject_id);
            self.quoted_numbers.push(i64::try_from(self.kinds.len() + 1).unwrap_or(i64::MAX));
        }
        self.commit_lsns.push(part.commit.lsn.to_string());
        self.ordinals.push(ordinal);
        self.kinds.push(change.kind.as_str());
        self.actions.push(change.action);
        self.subject_ids.push(change.subject_id);
        self.organization_ids.push(change.organization_id);
        self.user_ids.push(change.user_id);
        self.actor_ids.push(change.actor_id);
        self.mutation_ids.push(change.mutation_id);
        self.changed.push(Json(&change.changed));
        self.data.push(Json(&change.data));
        self.committed_at.push(part.commit.at);
    }
}

#[cfg(test)]
mod tests;
