//! Checks that the log has every change once and in order.

use sqlx::PgPool;

/// Descriptions of everything that is wrong with the log. `is_complete` says that no slot was lost, so
/// that the log must have the newest version of every row.
pub(super) async fn problems(pool: &PgPool, is_complete: bool) -> Result<Vec<String>, sqlx::Error> {
    let duplicates: i64 = sqlx::query_scalar(
        "select count(*) from (
             select from activities group by commit_lsn, ordinal having count(*) > 1
         ) twice",
    )
    .fetch_one(pool)
    .await?;
    let out_of_order: i64 = sqlx::query_scalar(
        "select count(*) from (
             select (commit_lsn, ordinal) <
                    (lag(commit_lsn) over log, lag(ordinal) over log) wrong
               from activities window log as (order by id)
         ) positions where wrong",
    )
    .fetch_one(pool)
    .await?;
    let mut found = Vec::new();
    if duplicates > 0 {
        found.push(format!("{duplicates} changes are in the log twice"));
    }
    if out_of_order > 0 {
        found.push(format!("{out_of_order} activities precede one that was committed earlier"));
    }
    if is_complete {
        found.extend(outdated_rows(pool).await?);
    }
    Ok(found)
}

/// Rows whose newest activity has another version than the row, at most 5.
async fn outdated_rows(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "with stored as (
             select 'user' kind, id, version + email_version + sessions_version as version
               from users
             union all select 'organization', id, version from organizations
             union all select 'membership', id, version + preferences_version from memberships
             union all select 'invitation', id, version from invitations
             union all select 'note', id, version from notes
         ), logged as (
             select distinct on (kind, subject_id)
                    kind, subject_id, action,
                    (data->>'version')::bigint
                    + coalesce((data->>'preferences_version')::bigint, 0)
                    + coalesce((data->>'email_version')::bigint, 0)
                    + coalesce((data->>'sessions_version')::bigint, 0) version
               from activities
              where kind in ('user', 'organization', 'membership', 'invitation', 'note')
              order by kind, subject_id, id desc
         )
         select format('%s %s has version %s, the log has %s %s',
                       coalesce(stored.kind, logged.kind),
                       coalesce(stored.id, logged.subject_id),
                       coalesce(stored.version::text, '(deleted)'), logged.action, logged.version)
           from stored
           full join logged on logged.kind = stored.kind and logged.subject_id = stored.id
          where stored.version is distinct from
                case logged.action when 'deleted' then null else logged.version end
          limit 5",
    )
    .fetch_all(pool)
    .await
}
