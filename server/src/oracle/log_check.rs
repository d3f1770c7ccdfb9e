//! Whether the log holds what happened, once each.

use sqlx::PgPool;

/// What is wrong with the log. `whole`: no slot was lost, so that it tells of every row.
pub(super) async fn problems(pool: &PgPool, whole: bool) -> Result<Vec<String>, sqlx::Error> {
    let twice: i64 = sqlx::query_scalar(
        "select count(*) from (
             select from activities group by commit_lsn, ordinal having count(*) > 1
         ) twice",
    )
    .fetch_one(pool)
    .await?;
    let disorder: i64 = sqlx::query_scalar(
        "select count(*) from (
             select (commit_lsn, ordinal) <
                    (lag(commit_lsn) over log, lag(ordinal) over log) wrong
               from activities window log as (order by id)
         ) places where wrong",
    )
    .fetch_one(pool)
    .await?;
    let mut found = Vec::new();
    if twice > 0 {
        found.push(format!("{twice} changes are in the log twice"));
    }
    if disorder > 0 {
        found.push(format!("{disorder} activities are before one that was committed earlier"));
    }
    if whole {
        found.extend(untold(pool).await?);
    }
    Ok(found)
}

/// Rows whose newest activity says something else than the row.
async fn untold(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "with truth as (
             select 'user' kind, id, version from users
             union all select 'organization', id, version from organizations
             union all select 'membership', id, version + preferences_version from memberships
             union all select 'invitation', id, version from invitations
             union all select 'note', id, version from notes
         ), told as (
             select distinct on (kind, subject_id)
                    kind, subject_id, action,
                    (data->>'version')::bigint
                    + coalesce((data->>'preferences_version')::bigint, 0) version
               from activities
              where kind in ('user', 'organization', 'membership', 'invitation', 'note')
              order by kind, subject_id, id desc
         )
         select format('%s %s is of version %s, the log says %s %s',
                       coalesce(truth.kind, told.kind), coalesce(truth.id, told.subject_id),
                       coalesce(truth.version::text, '(gone)'), told.action, told.version)
           from truth
           full join told on told.kind = truth.kind and told.subject_id = truth.id
          where truth.version is distinct from
                case told.action when 'deleted' then null else told.version end
          limit 5",
    )
    .fetch_all(pool)
    .await
}
