//! What of the log a reader has missed: one activity an entity, in the order of the log.

use contract::{OrganizationId, Position, UserId};
use sqlx::{FromRow, PgConnection};

use super::ActivityRow;
use crate::news::news_rows;
use crate::{Activity, resource_rows};

/// The newest activity of an entity, which stands for all that the reader missed of it.
#[derive(Debug)]
pub struct Missed {
    /// It says `created` when the entity was made in the meantime, and `changed` names every field
    /// that changed.
    pub activity: Activity,
    /// The newest of them that is news to the reader.
    pub news: Option<Position>,
}

#[derive(FromRow)]
struct MissedRow {
    #[sqlx(flatten)]
    activity: ActivityRow,
    news: Option<Position>,
}

impl From<MissedRow> for Missed {
    fn from(row: MissedRow) -> Self {
        Self { activity: row.activity.into(), news: row.news }
    }
}

/// Selects the newest activity of each `subject` among those after `$2` that `concern` the reader.
macro_rules! newest_of_each {
    (with $before:expr, subject $subject:expr, news $news:expr, where $concerns:expr) => {
        concat!(
            "with ",
            $before,
            "missed as materialized (
                 select id, committed_at, kind, action, organization_id, user_id, actor_id,
                        mutation_id, changed, data, ",
            $subject,
            " as subject_id, ",
            $news,
            " as is_news
                   from activities
                  where id > $2 and ",
            $concerns,
            "), newest as (
                 select distinct on (kind, subject_id) * from missed
                  order by kind, subject_id, id desc
             ), meantime as (
                 select kind, subject_id, bool_or(action = 'created') as created,
                        max(id) filter (where is_news) as news,
                        array_agg(distinct field order by field)
                            filter (where field is not null) as changed
                   from missed left join lateral unnest(changed) field on true
                  group by kind, subject_id
             )
             select id, committed_at, kind, subject_id, organization_id, user_id, actor_id,
                    mutation_id, data, news,
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
/// invitations became. What others did with what an organization holds is one thing: that there is
/// news.
///
/// # Errors
/// When the database can't answer.
pub async fn of_user(
    connection: &mut PgConnection,
    user: UserId,
    after: Position,
    limit: i64,
) -> Result<Vec<Missed>, sqlx::Error> {
    // An organization that is gone concerns those who lost their membership with it, which the log
    // tells after it; not those who had lost it before.
    let rows: Vec<MissedRow> = sqlx::query_as(newest_of_each!(
        with "mine as materialized (
                  select organization_id, role from memberships where user_id = $1
              ), lost as materialized (
                  select id as lost_at, organization_id from activities
                   where user_id = $1 and id > $2 and kind = 'membership' and action = 'deleted'
              ), ",
        subject concat!(
            "case when ", resource_rows!(), " then organization_id else subject_id end"
        ),
        news concat!("(actor_id is distinct from $1 and ", news_rows!(), ")"),
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
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Missed::from).collect())
}

/// What became of what the organization holds.
///
/// # Errors
/// When the database can't answer.
pub async fn of_organization(
    connection: &mut PgConnection,
    organization: OrganizationId,
    after: Position,
    limit: i64,
) -> Result<Vec<Missed>, sqlx::Error> {
    let rows: Vec<MissedRow> = sqlx::query_as(newest_of_each!(
        with "",
        subject "subject_id",
        news "false",
        where concat!("organization_id = $1 and ", resource_rows!())
    ))
    .bind(organization)
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Missed::from).collect())
}
