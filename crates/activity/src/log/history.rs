//! What happened in one organization, from the newest on.

use contract::{OrganizationId, Position, UserId};
use serde_json::Value;
use sqlx::{FromRow, PgExecutor};

use super::ActivityRow;
use crate::{Activity, ActivityKind};

/// Fields that only follow something else: accounts that come and go, and what an invitation quotes.
const FOLLOWING: [&str; 4] = ["author", "invitedBy", "userId", "quotesVersion"];

/// Fields whose change isn't told.
pub(super) fn untold(kinds: &[ActivityKind]) -> Vec<&'static str> {
    let private = kinds.iter().flat_map(|kind| kind.private_fields());
    private.chain(&FOLLOWING).copied().collect()
}

/// Which part of the history.
#[derive(Clone, Debug)]
pub struct HistoryFilter {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// Only what happened to these.
    pub kinds: Vec<ActivityKind>,
    /// Only what that person did, or what was done to what is theirs.
    pub person: Option<UserId>,
    /// Only what happened before that place.
    pub before: Option<Position>,
}

/// An activity, and what its subject was before, where that is needed to tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// What happened.
    pub activity: Activity,
    /// The row of an organization before its update, when the log still has it.
    pub former: Option<Value>,
}

/// What is read of a [`Past`].
#[derive(FromRow)]
pub(super) struct PastRow {
    #[sqlx(flatten)]
    activity: ActivityRow,
    former: Option<Value>,
}

impl From<PastRow> for Past {
    fn from(row: PastRow) -> Self {
        Self { activity: row.activity.into(), former: row.former }
    }
}

/// At most `limit` activities, the newest first. Updates name only what may be told; those that
/// changed nothing else are left out.
///
/// # Errors
/// When the database can't answer.
pub async fn history(
    executor: impl PgExecutor<'_>,
    filter: &HistoryFilter,
    limit: i64,
) -> Result<Vec<Past>, sqlx::Error> {
    let rows: Vec<PastRow> = sqlx::query_as(
        "select a.id, a.committed_at, a.kind, a.action, a.subject_id, a.organization_id, a.user_id,
                a.actor_id, a.mutation_id, a.data, f.data as former,
                array(select field from unnest(a.changed) as field
                       where field <> all($5)) as changed
           from activities a
           left join lateral (
                select b.data
                  from activities b
                 where a.kind = 'organization' and a.action = 'updated'
                   and b.kind = 'organization' and b.organization_id = $1 and b.id < a.id
                 order by b.id desc
                 limit 1) f on true
          where a.organization_id = $1
            and a.kind = any($2)
            and ($3::uuid is null or $3 in (a.actor_id, a.user_id))
            and ($4::bigint is null or a.id < $4)
            and not (a.action = 'updated' and a.changed <@ $5)
          order by a.id desc
          limit $6",
    )
    .bind(filter.organization_id)
    .bind(filter.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())
    .bind(filter.person)
    .bind(filter.before)
    .bind(untold(&filter.kinds))
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Past::from).collect())
}
