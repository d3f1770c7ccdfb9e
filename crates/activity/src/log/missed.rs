//! The activities that a reader has missed, for catch-up: one an entity, in the order of the log.
//!
//! First the positions are found, through indexes by organization and by user, so that the cost depends on
//! what the reader has missed and not on what happened elsewhere. Then the rows are read in pages, until
//! the limits are exceeded.

#[cfg(test)]
mod plan_tests;

use std::collections::HashMap;

use contract::{Action, OrganizationId, Position, UserId};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};

use super::ActivityRow;
use crate::Activity;

/// How many rows are read at once. A row has at most some tens of kilobytes.
const PAGE_SIZE: usize = 200;

/// The newest activity about an entity, which stands for all activities about it that the reader has
/// missed.
#[derive(Clone, Debug, PartialEq)]
pub struct MissedActivity {
    /// Its action is `created` when the entity was created in the meantime. `changed` names every
    /// field that changed in the meantime.
    pub activity: Activity,
    /// How it differs for this reader.
    pub merged: Merged,
}

/// The parts of a message that summarize all missed activities about one entity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Merged {
    /// The action that leads from the reader's state of the entity to the newest one.
    pub action: Action,
    /// Every field that changed in the meantime, sorted. Empty unless the entity was updated.
    pub changed: Vec<String>,
    /// The newest of the activities that marks the organization as unread for the reader.
    pub unread: Option<Position>,
    /// For a change of another user: whether the reader is an admin of an organization that both belong to.
    pub shared_as_admin: bool,
    /// Whether it concerns the reader only because an invitation that they see quotes it.
    pub as_quote: bool,
}

impl Merged {
    /// Summarizes the activities about an entity. `newest` is the action of the newest one; `was_created`
    /// tells whether one of them created the entity.
    #[must_use]
    pub fn new(
        newest: Action,
        was_created: bool,
        changed: Vec<String>,
        unread: Option<Position>,
        shared_as_admin: bool,
        as_quote: bool,
    ) -> Self {
        let action = match newest {
            Action::Updated if was_created => Action::Created,
            action => action,
        };
        let changed = if action == Action::Updated { changed } else { Vec::new() };
        Self { action, changed, unread, shared_as_admin, as_quote }
    }
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
#[derive(Clone, Debug, PartialEq)]
pub enum Missed<T = MissedActivity> {
    /// All of them.
    Activities(Vec<T>),
    /// More than the limits allow.
    TooMuch,
}

/// An entity about which the reader missed something.
#[derive(FromRow)]
struct MissedEntity {
    /// The position of the newest activity about it.
    id: Position,
    created: bool,
    unread: Option<Position>,
    changed: Vec<String>,
    shared_as_admin: bool,
    as_quote: bool,
}

/// How much of resources is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resources {
    /// Their rows.
    Whole,
    /// Only that they changed.
    Position,
}

/// Reads the newest activity about each entity, as long as the limits allow.
async fn read_pages(
    connection: &mut PgConnection,
    entities: Vec<MissedEntity>,
    resources: Resources,
    limits: CatchUpLimits,
) -> Result<Missed, sqlx::Error> {
    if entities.len() > usize::try_from(limits.entities).unwrap_or_default() {
        return Ok(Missed::TooMuch);
    }
    let (mut activities, mut bytes) = (Vec::with_capacity(entities.len()), 0);
    for page in entities.chunks(PAGE_SIZE) {
        let rows = read_rows(connection, page, resources).await?;
        let mut rows: HashMap<Position, ActivityRow> =
            rows.into_iter().map(|row| (row.id, row)).collect();
        for entity in page {
            let Some(row) = rows.remove(&entity.id) else { continue };
            let activity = Activity::from(row);
            bytes += json_length(&activity.change.data);
            if bytes > limits.bytes {
                return Ok(Missed::TooMuch);
            }
            activities.push(entity.describe(activity));
        }
    }
    Ok(Missed::Activities(activities))
}

async fn read_rows(
    connection: &mut PgConnection,
    page: &[MissedEntity],
    resources: Resources,
) -> Result<Vec<ActivityRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, committed_at, kind, action, subject_id, organization_id, user_id, actor_id,
                mutation_id, changed,
                case when is_resource and not $2 then 'null' else data end as data
           from activities
          where id = any($1)",
    )
    .bind(page.iter().map(|entity| entity.id).collect::<Vec<_>>())
    .bind(resources == Resources::Whole)
    .fetch_all(connection)
    .await
}

impl MissedEntity {
    fn describe(&self, activity: Activity) -> MissedActivity {
        let merged = Merged::new(
            activity.change.action,
            self.created,
            self.changed.clone(),
            self.unread,
            self.shared_as_admin,
            self.as_quote,
        );
        MissedActivity { activity, merged }
    }
}

/// About as many bytes as the value takes as JSON.
pub(crate) fn json_length(value: &Value) -> usize {
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

/// Selects [`MissedEntity`] from `missed`: the newest activity of each entity, and what the others add.
macro_rules! entities_of_missed {
    () => {
        "select max(id) as id, bool_or(action = 'created') as created,
                max(id) filter (where is_unread) as unread,
                coalesce(array_agg(distinct field order by field) filter (where field is not null),
                         '{}') as changed,
                bool_or(as_admin) as shared_as_admin, bool_and(is_quote) as as_quote
           from missed left join lateral unnest(changed) field on true
          group by kind, subject_id
          order by max(id)
          limit $3"
    };
}

/// The entities about which the user `$1` has missed something after the position `$2`, at most `$3`.
const USER_ENTITIES: &str = concat!(
    "with mine as materialized (
         select organization_id, role from memberships where user_id = $1
     ), missed as (
         -- In the user's organizations, except what belongs to the user.
         select its.id, its.kind, its.action, its.subject_id, its.changed,
                its.is_unread and its.actor_id is distinct from $1 as is_unread,
                false as as_admin, false as is_quote
           from mine
          cross join lateral (
                select *
                  from activities
                 where organization_id = mine.organization_id and not is_resource and is_shared
                   and id > $2 and user_id is distinct from $1
                   and (kind <> 'invitation' or mine.role = 'admin')
                offset 0) its
          union all
         -- The newest change of a resource by somebody else.
         select its.id, its.kind, its.action, mine.organization_id, '{}', true, false, false
           from mine
          cross join lateral (
                select id, kind, action
                  from activities
                 where organization_id = mine.organization_id and is_resource and is_shared
                   and id > $2 and actor_id is distinct from $1
                 order by id desc
                 limit 1) its
          union all
         -- What belongs to the user.
         select id, kind, action, subject_id, changed,
                is_unread and actor_id is distinct from $1, false, false
           from activities
          where user_id = $1 and kind <> 'session' and id > $2
            and (kind <> 'user' or action = 'updated')
          union all
         -- A deleted organization concerns users whose membership was deleted with it. Those deletions
         -- follow it in the log; users whose membership was deleted before are not concerned.
         select its.id, its.kind, its.action, its.subject_id, its.changed,
                its.actor_id is distinct from $1, false, false
           from activities lost
          cross join lateral (
                select *
                  from activities
                 where organization_id = lost.organization_id and kind = 'organization'
                   and action = 'deleted' and id > $2 and id < lost.id
                offset 0) its
          where lost.user_id = $1 and lost.kind = 'membership' and lost.action = 'deleted'
            and lost.id > $2
            and lost.organization_id not in (select organization_id from mine)
          union all
         -- Other users who still belong to an organization of the user, or wrote something there. Only admins
         -- learn that an email address changed, and when; or that the sender of an invitation changed, who may
         -- have left.
         select its.id, its.kind, its.action, its.subject_id, its.changed, false,
                shared.is_still_member and mine.role = 'admin', not whole.is_shown
           from mine
          cross join lateral (
                select activity_id, is_author, is_inviter
                  from activity_organizations
                 where organization_id = mine.organization_id and activity_id > $2
                offset 0) known
          cross join lateral (
                select *
                  from activities
                 where id = known.activity_id and user_id <> $1
                offset 0) its
          cross join lateral (
                select exists (select from memberships
                                where memberships.user_id = its.user_id
                                  and memberships.organization_id = mine.organization_id)
                       as is_still_member) shared
          cross join lateral (
                select (known.is_author or shared.is_still_member)
                       and (its.changed && array['name', 'picture']
                            or (shared.is_still_member and mine.role = 'admin'))
                       as is_shown) whole
          where whole.is_shown or (known.is_inviter and mine.role = 'admin')
          union all
         -- The user's open invitations quote these.
         select its.id, its.kind, its.action, its.subject_id, its.changed, false, false, true
           from activity_invited_users quoted
          cross join lateral (
                select *
                  from activities
                 where id = quoted.activity_id
                offset 0) its
          where quoted.user_id = $1 and quoted.activity_id > $2
            and exists (select from invitations
                         where invitations.user_id = $1 and rejected_at is null
                           and its.subject_id in (invitations.organization_id, invited_by))
     ) ",
    entities_of_missed!()
);

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
    let entities = sqlx::query_as(USER_ENTITIES)
        .bind(user)
        .bind(after)
        .bind(limits.entities.saturating_add(1))
        .fetch_all(&mut *connection)
        .await?;
    read_pages(connection, entities, Resources::Position, limits).await
}

/// The resources of the organization `$1` that changed after the position `$2`, at most `$3`.
const ORGANIZATION_ENTITIES: &str = concat!(
    "with missed as (
         select id, kind, action, subject_id, changed, false as is_unread, false as as_admin,
                false as is_quote
           from activities
          where organization_id = $1 and is_resource and is_shared and id > $2
     ) ",
    entities_of_missed!()
);

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
    let entities = sqlx::query_as(ORGANIZATION_ENTITIES)
        .bind(organization)
        .bind(after)
        .bind(limits.entities.saturating_add(1))
        .fetch_all(&mut *connection)
        .await?;
    read_pages(connection, entities, Resources::Whole, limits).await
}
