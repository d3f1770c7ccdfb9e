//! The number of an organization's rows of a kind, without counting them.
//!
//! Each statement that adds or removes rows adds a row to `row_count_changes`, by a trigger. [`combine`]
//! adds these rows up in `row_counts`. The number is the sum of both.

use std::convert::Infallible;
use std::time::Duration;

use contract::{OrganizationId, ResourceKind, Role};
use sqlx::{PgExecutor, PgPool, Postgres, QueryBuilder};
use tracing::warn;

use crate::wire;

/// How often the changes are added up.
const COMBINE_INTERVAL: Duration = Duration::from_secs(10);

/// How many changes one statement adds up, so that its transaction is short.
const BATCH: i64 = 10_000;

/// The rows that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// The members, or those with a role.
    Members(Option<Role>),
    /// The resources of a kind.
    Resources(ResourceKind),
}

impl Counted {
    /// Returns the values of the column `kind`.
    fn kinds(self) -> Vec<String> {
        match self {
            Self::Members(None) => vec![wire::to_text(&Role::Admin), wire::to_text(&Role::Member)],
            Self::Members(Some(role)) => vec![wire::to_text(&role)],
            Self::Resources(kind) => vec![kind.as_str().to_owned()],
        }
    }
}

/// Reads the number of an organization's rows, as the transaction sees them.
///
/// # Errors
/// When the database can't be read.
pub async fn read(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    counted: Counted,
) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::new("select ");
    push_number(&mut query, organization_id, counted);
    query.build_query_scalar().fetch_one(executor).await
}

/// Adds the number of an organization's rows as an expression, for a statement that reads some of these rows
/// too.
pub fn push_number(
    query: &mut QueryBuilder<Postgres>,
    organization_id: OrganizationId,
    counted: Counted,
) {
    let mut push_rows = |rows: &str| {
        query.push(rows).push(" where organization_id = ").push_bind(organization_id);
        query.push(" and kind = any(").push_bind(counted.kinds()).push(")");
    };
    push_rows("(select coalesce(sum(rows), 0)::bigint from (select rows from row_counts");
    push_rows(" union all select change from row_count_changes");
    query.push(") numbers)");
}

/// Calls [`combine`] from time to time.
pub async fn combine_periodically(pool: &PgPool) -> Infallible {
    loop {
        tokio::time::sleep(COMBINE_INTERVAL).await;
        if let Err(error) = combine(pool).await {
            warn!(%error, "Can't add up the changes of row counts; trying again later");
        }
    }
}

/// Adds up the recorded changes until none is left. Two nodes take different changes, and lock the numbers in the
/// order of their key, so they don't wait for each other in a circle.
///
/// # Errors
/// When the database can't be written.
pub async fn combine(pool: &PgPool) -> Result<(), sqlx::Error> {
    loop {
        let combined = sqlx::query(
            "with changes as (
                 delete from row_count_changes
                  where ctid = any (array(select ctid from row_count_changes
                                           limit $1 for update skip locked))
                 returning organization_id, kind, change
             ), added as (
                 insert into row_counts as counts (organization_id, kind, rows)
                 select organization_id, kind, sum(change)::bigint
                   from changes group by 1, 2 order by 1, 2
                 on conflict (organization_id, kind)
                     do update set rows = counts.rows + excluded.rows
             )
             select from changes",
        )
        .bind(BATCH)
        .execute(pool)
        .await?;
        if combined.rows_affected() == 0 {
            break;
        }
    }
    // Of organizations that were deleted.
    sqlx::query(
        "delete from row_counts
          where rows = 0
            and not exists (select from organizations o where o.id = organization_id)",
    )
    .execute(pool)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use testing::{TestDatabase, eventually};
    use uuid::Uuid;

    use super::*;

    const TEAM: Uuid = Uuid::from_u128(0xA);
    const CLUB: Uuid = Uuid::from_u128(0xB);

    /// Runs statements, after each of which counts and sorted names have to be those of the rows.
    async fn check_after_each(database: &TestDatabase, statements: &[&'static str]) {
        for statement in statements {
            sqlx::raw_sql(*statement).execute(&database.pool).await.unwrap();
            check(database, statement).await;
            combine(&database.pool).await.unwrap();
            check(database, statement).await;
        }
    }

    async fn check(database: &TestDatabase, statement: &str) {
        for organization in [TEAM, CLUB] {
            for (counted, rows) in [
                (Counted::Members(None), "memberships where true"),
                (Counted::Members(Some(Role::Admin)), "memberships where role = 'admin'"),
                (Counted::Resources(ResourceKind::Note), "notes where true"),
            ] {
                let organization_id = OrganizationId::from_uuid(organization);
                let read = read(&database.pool, organization_id, counted).await.unwrap();
                let count =
                    format!("select count(*) from {rows} and organization_id = '{organization}'");
                let counted_rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(count))
                    .fetch_one(&database.pool)
                    .await
                    .unwrap();
                assert_eq!(read, counted_rows, "{counted:?} after {statement}");
            }
        }
        let differing: i64 = sqlx::query_scalar(
            "select count(*)
               from (select m.id, m.organization_id, m.user_id, m.role, lower(u.name) as name
                       from memberships m join users u on u.id = m.user_id) present
               full join member_names n
                 on (n.membership_id, n.organization_id, n.user_id, n.role, n.name)
                  = (present.id, present.organization_id, present.user_id, present.role, present.name)
              where n.membership_id is null or present.id is null",
        )
        .fetch_one(&database.pool)
        .await
        .unwrap();
        assert_eq!(differing, 0, "sorted names after {statement}");
    }

    #[tokio::test]
    async fn counts_and_sorted_names_follow_every_statement() {
        let database = TestDatabase::create().await;
        check_after_each(
            &database,
            &[
                "insert into organizations (id, name, slug) values
                     ('00000000-0000-0000-0000-00000000000a', 'Team', 'team'),
                     ('00000000-0000-0000-0000-00000000000b', 'Club', 'club')",
                "insert into users (id, email, name)
                 select gen_random_uuid(), 'p' || n || '@example.com', 'Person ' || n
                   from generate_series(1, 40) n",
                "insert into memberships (id, organization_id, user_id, role)
                 select gen_random_uuid(), o.id, u.id, 'member' from organizations o, users u",
                "insert into notes (id, organization_id, title)
                 select gen_random_uuid(), o.id, 'Note' from organizations o, generate_series(1, 7)",
                "update memberships set role = 'admin'
                  where user_id in (select id from users order by email limit 5)",
                "update memberships set display_order = 3",
                "update users set name = upper(name) where email like 'p1%'",
                "update users set name = 'Ada' where email like 'p2%'",
                "delete from memberships
                  where user_id in (select id from users where email like 'p3%')",
                "update notes set organization_id = '00000000-0000-0000-0000-00000000000b'
                  where id in (select id from notes
                                where organization_id = '00000000-0000-0000-0000-00000000000a' limit 2)",
                "begin; delete from notes; delete from memberships; rollback",
                "delete from users where email like 'p2%'",
                "delete from organizations where slug = 'club'",
                "truncate notes",
                "truncate memberships",
            ],
        )
        .await;
        let left: i64 = sqlx::query_scalar("select count(*) from row_counts")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        assert_eq!(left, 0, "a deleted organization leaves no number");
    }

    #[tokio::test]
    async fn new_member_is_sorted_by_a_name_that_changes_at_the_same_time() {
        let database = TestDatabase::create().await;
        sqlx::raw_sql(
            "insert into organizations (id, name, slug)
                 values ('00000000-0000-0000-0000-00000000000a', 'Team', 'team');
             insert into users (id, email, name)
                 values ('00000000-0000-0000-0000-000000000001', 'ada@example.com', 'Ada')",
        )
        .execute(&database.pool)
        .await
        .unwrap();
        let mut renaming = db::transaction::begin(&database.pool).await.unwrap();
        sqlx::query("update users set name = 'Zoe'").execute(&mut *renaming).await.unwrap();
        let joining = tokio::spawn({
            let pool = database.new_pool(1);
            async move {
                sqlx::query(
                    "insert into memberships (id, organization_id, user_id, role)
                     select gen_random_uuid(), o.id, u.id, 'member' from organizations o, users u",
                )
                .execute(&pool)
                .await
                .unwrap();
                pool.close().await;
            }
        });
        eventually("joining waits for the new name", async || {
            sqlx::query_scalar(
                "select exists (select from pg_stat_activity
                      where datname = current_database() and wait_event_type = 'Lock')",
            )
            .fetch_one(&database.pool)
            .await
            .unwrap()
        })
        .await;
        renaming.commit().await.unwrap();
        joining.await.unwrap();
        check(&database, "both").await;
    }
}
