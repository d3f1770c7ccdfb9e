//! The history of one organization, newest first.

use contract::{OrganizationId, Position, UserId};
use serde_json::Value;
use sqlx::{FromRow, PgExecutor};

use super::ActivityRow;
use crate::{Activity, ActivityKind};

/// Fields that change only as a consequence of another change: when an account is created or
/// deleted, or when something that an invitation quotes changes.
const DERIVED_FIELDS: [&str; 4] = ["author", "invitedBy", "userId", "quotesVersion"];

/// The fields whose changes are left out of histories.
pub(super) fn hidden_fields(kinds: &[ActivityKind]) -> Vec<&'static str> {
    let private = kinds.iter().flat_map(|kind| kind.private_fields());
    private.chain(&DERIVED_FIELDS).copied().collect()
}

/// Which entries of a history to read.
#[derive(Clone, Debug)]
pub struct HistoryFilter {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Only activities about entities of these kinds.
    pub kinds: Vec<ActivityKind>,
    /// Only activities of this user, or about something of theirs.
    pub person: Option<UserId>,
    /// Only activities before this position.
    pub before: Option<Position>,
}

/// An activity, with the former state of its subject where a reader needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// The activity.
    pub activity: Activity,
    /// For an update of an organization: its row before, by column name, when the log still has it.
    pub former: Option<Value>,
}

#[derive(FromRow)]
pub(super) struct HistoryRow {
    #[sqlx(flatten)]
    activity: ActivityRow,
    former: Option<Value>,
}

impl From<HistoryRow> for HistoryEntry {
    fn from(row: HistoryRow) -> Self {
        Self { activity: row.activity.into(), former: row.former }
    }
}

/// The newest entries that are about resources, or about the rest. Two conditions instead of one with a
/// parameter, as Postgres estimates them apart: an organization may have many of one and none of the other.
macro_rules! newest {
    ($class:literal) => {
        concat!(
            "(select * from activities
               where organization_id = $1 and ",
            $class,
            "    and is_shared and in_history and kind = any($2)
                 and ($3::uuid is null or $3 in (actor_id, user_id))
                 and ($4::bigint is null or id < $4)
               order by id desc
               limit $6)"
        )
    };
}

/// At most `limit` entries, newest first. Hidden fields are removed from updates; updates of hidden
/// fields alone are left out (`activities.in_history`).
///
/// The index keeps resources apart from the rest, so the newest of each are read and merged.
///
/// # Errors
/// When the database can't answer.
pub async fn history(
    executor: impl PgExecutor<'_>,
    filter: &HistoryFilter,
    limit: i64,
) -> Result<Vec<HistoryEntry>, sqlx::Error> {
    let rows: Vec<HistoryRow> = sqlx::query_as(concat!(
        "select a.id, a.committed_at, a.kind, a.action, a.subject_id, a.organization_id, a.user_id,
                a.actor_id, a.mutation_id, a.data, f.data as former,
                array(select field from unnest(a.changed) as field
                       where field <> all($5)) as changed
           from (",
        newest!("is_resource"),
        " union all ",
        newest!("not is_resource"),
        ") a
           left join lateral (
                select b.data
                  from activities b
                 where a.kind = 'organization' and a.action = 'updated'
                   and b.kind = 'organization' and b.organization_id = $1 and b.id < a.id
                   and b.is_shared and not b.is_resource
                 order by b.id desc
                 limit 1) f on true
          order by a.id desc
          limit $6",
    ))
    .bind(filter.organization_id)
    .bind(filter.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())
    .bind(filter.person)
    .bind(filter.before)
    .bind(hidden_fields(&filter.kinds))
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(HistoryEntry::from).collect())
}
