//! The activities that a reader has missed, for catch-up: one an entity, in the order of the log.

use contract::{OrganizationId, Position, UserId};
use futures::{Stream, TryStreamExt};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};

use super::ActivityRow;
use crate::unread::unread_rows;
use crate::{Activity, resource_rows};

/// The newest activity about an entity, which stands for all activities about it that the reader has
/// missed.
#[derive(Debug)]
pub struct MissedActivity {
    /// Its action is `created` when the entity was created in the meantime. `changed` names every
    /// field that changed in the meantime.
    pub activity: Activity,
    /// The newest of the activities that marks the organization as unread for the reader.
    pub unread: Option<Position>,
}

/// How much one catch-up may send. More isn't read from the database.
#[derive(Clone, Copy, Debug)]
pub struct CatchUpLimits {
    /// Entities.
    pub entities: i64,
    /// Bytes of their rows, as JSON.
    pub bytes: usize,
}

/// The activities after a cursor, within limits.
#[derive(Debug)]
pub enum Missed {
    /// All of them.
    Activities(Vec<MissedActivity>),
    /// More than the limits allow.
    TooMuch,
}

#[derive(FromRow)]
struct MissedRow {
    #[sqlx(flatten)]
    activity: ActivityRow,
    unread: Option<Position>,
}

impl From<MissedRow> for MissedActivity {
    fn from(row: MissedRow) -> Self {
        Self { activity: row.activity.into(), unread: row.unread }
    }
}

/// Stops reading where the limits are exceeded, so that a reader takes a bounded amount of memory.
async fn read_within(
    limits: CatchUpLimits,
    mut rows: impl Stream<Item = Result<MissedRow, sqlx::Error>> + Unpin,
) -> Result<Missed, sqlx::Error> {
    let most = usize::try_from(limits.entities).unwrap_or_default();
    let (mut activities, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        let missed = MissedActivity::from(row);
        bytes += json_length(&missed.activity.change.data);
        if activities.len() == most || bytes > limits.bytes {
            return Ok(Missed::TooMuch);
        }
        activities.push(missed);
    }
    Ok(Missed::Activities(activities))
}

/// About as many bytes as the value takes as JSON.
fn json_length(value: &Value) -> usize {
    const SCALAR: usize = 8;
    const QUOTES: usize = 2;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => SCALAR,
        Value::String(text) => text.len() + QUOTES,
        Value::Array(items) => items.iter().map(json_length).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + QUOTES + json_length(value)).sum()
        }
    }
}

/// Selects the newest activity of each `subject` among those after `$2` that the condition selects.
macro_rules! newest_of_each {
    (with $before:expr, subject $subject:expr, unread $unread:expr, where $condition:expr) => {
        concat!(
            "with ",
            $before,
            "missed as materialized (
                 select id, committed_at, kind, action, organization_id, user_id, actor_id,
                        mutation_id, changed, data, ",
            $subject,
            " as subject_id, ",
            $unread,
            " as is_unread
                   from activities
                  where id > $2 and ",
            $condition,
            "), newest as (
                 select distinct on (kind, subject_id) * from missed
                  order by kind, subject_id, id desc
             ), meantime as (
                 select kind, subject_id, bool_or(action = 'created') as created,
                        max(id) filter (where is_unread) as unread,
                        array_agg(distinct field order by field)
                            filter (where field is not null) as changed
                   from missed left join lateral unnest(changed) field on true
                  group by kind, subject_id
             )
             select id, committed_at, kind, subject_id, organization_id, user_id, actor_id,
                    mutation_id, data, unread,
                    case when action = 'updated' and created then 'created' else action
                     end as action,
                    case when action = 'updated' and not created
                         then coalesce(meantime.changed, '{}') else '{}'
                     end as changed
               from newest join meantime using (kind, subject_id)
              order by id limit $3"
        )
    };
}

/// What a user has missed on their own stream: changes in the organizations that they belong to now,
/// and changes of their own memberships and invitations. All changes that others made to an
/// organization's resources count as one, because this stream only marks the organization as unread.
///
/// Reads after the position `after`.
///
/// # Errors
/// When the database can't answer.
pub async fn for_user(
    connection: &mut PgConnection,
    user: UserId,
    after: Position,
    limits: CatchUpLimits,
) -> Result<Missed, sqlx::Error> {
    // A deleted organization concerns users whose membership was deleted with it. Those deletions
    // follow it in the log; users whose membership was deleted before are not concerned.
    let rows = sqlx::query_as(newest_of_each!(
        with "mine as materialized (
                  select organization_id, role from memberships where user_id = $1
              ), lost as materialized (
                  select id as lost_at, organization_id from activities
                   where user_id = $1 and id > $2 and kind = 'membership' and action = 'deleted'
              ), ",
        subject concat!(
            "case when ", resource_rows!(), " then organization_id else subject_id end"
        ),
        unread concat!("(actor_id is distinct from $1 and ", unread_rows!(), ")"),
        where concat!("case when ", resource_rows!(), " then
                   actor_id is distinct from $1
                   and organization_id in (select organization_id from mine)
               else case kind
               when 'membership' then
                   user_id = $1
                   or organization_id in (select organization_id from mine)
               when 'organization' then
                   organization_id in (select organization_id from mine)
                   or (action = 'deleted'
                       and exists (select from lost
                                    where lost.organization_id = activities.organization_id
                                      and lost_at > activities.id))
               when 'invitation' then
                   user_id = $1
                   or organization_id in (select organization_id from mine where role = 'admin')
               when 'user' then
                   action = 'updated'
                   and (user_id = $1
                        or user_id in (select others.user_id
                                         from memberships others
                                         join mine using (organization_id))
                        or exists (select from authors
                                    where authors.user_id = activities.user_id
                                      and organization_id in (select organization_id from mine)))
               else false
               end end")
    ))
    .bind(user)
    .bind(after)
    .bind(limits.entities.saturating_add(1))
    .fetch(connection);
    read_within(limits, rows).await
}

/// What a reader of an organization's stream has missed: changes of its resources after the position
/// `after`.
///
/// # Errors
/// When the database can't answer.
pub async fn for_organization(
    connection: &mut PgConnection,
    organization: OrganizationId,
    after: Position,
    limits: CatchUpLimits,
) -> Result<Missed, sqlx::Error> {
    let rows = sqlx::query_as(newest_of_each!(
        with "",
        subject "subject_id",
        unread "false",
        where concat!("organization_id = $1 and ", resource_rows!())
    ))
    .bind(organization)
    .bind(after)
    .bind(limits.entities.saturating_add(1))
    .fetch(connection);
    read_within(limits, rows).await
}
