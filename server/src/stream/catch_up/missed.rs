//! What of the log a reader has missed: one activity an entity, in the order of the log.

use app::contract::{OrganizationId, Position, UserId};
use sqlx::PgConnection;

use crate::activity::Activity;
use crate::activity::log::ActivityRow;

/// Selects the newest activity of each entity among those after `$2` that `$concerns` the reader.
/// It stands for all of them: what was made in the meantime is `created`, and `changed` names every
/// field that changed.
macro_rules! newest_of_each {
    (with $before:literal, where $concerns:literal) => {
        concat!(
            "with ",
            $before,
            "missed as materialized (
                 select id, committed_at, kind, action, subject_id, organization_id, user_id,
                        actor_id, mutation_id, changed, data
                   from activities
                  where id > $2 and ",
            $concerns,
            "), newest as (
                 select distinct on (kind, subject_id) * from missed
                  order by kind, subject_id, id desc
             ), meantime as (
                 select kind, subject_id, bool_or(action = 'created') as created,
                        array_agg(distinct field order by field)
                            filter (where field is not null) as changed
                   from missed left join lateral unnest(changed) field on true
                  group by kind, subject_id
             )
             select id, committed_at, kind, subject_id, organization_id, user_id, actor_id,
                    mutation_id, data,
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

/// What concerns the user: by what they belong to now, and what their own memberships and
/// invitations became.
///
/// # Errors
/// When the database can't answer.
pub async fn of_user(
    connection: &mut PgConnection,
    user: UserId,
    after: Position,
    limit: i64,
) -> Result<Vec<Activity>, sqlx::Error> {
    // An organization that is gone concerns those who lost their membership with it, which the log
    // tells after it; not those who had lost it before.
    let rows: Vec<ActivityRow> = sqlx::query_as(newest_of_each!(
        with "mine as materialized (
                  select organization_id, role from memberships where user_id = $1
              ), lost as materialized (
                  select id as lost_at, organization_id from activities
                   where user_id = $1 and id > $2 and kind = 'membership' and action = 'deleted'
              ), ",
        where "case kind
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
                                         join mine using (organization_id)))
               else false
               end"
    ))
    .bind(user)
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}

/// What became of the organization's notes.
///
/// # Errors
/// When the database can't answer.
pub async fn of_organization(
    connection: &mut PgConnection,
    organization: OrganizationId,
    after: Position,
    limit: i64,
) -> Result<Vec<Activity>, sqlx::Error> {
    let rows: Vec<ActivityRow> = sqlx::query_as(newest_of_each!(
        with "",
        where "organization_id = $1 and kind = 'note'"
    ))
    .bind(organization)
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}
