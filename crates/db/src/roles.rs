//! The role that the server works with, and what it may do.
//!
//! Migrations run as the role that owns the tables. The server itself works with another one where there are two: it
//! reads and changes rows, replicates, and calls the functions of migration 160. See
//! `docs/decisions/0022-an-owner-and-a-runtime-role.md`.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use super::{Endpoint, StatementLimits};

/// Lets one node after another grant: concurrent changes of one table's rights fail.
const LOCK: &str = "select pg_advisory_xact_lock(hashtext('tributary roles'))";

/// The statements that give a role what it lacks. The tables of the log are only appended to.
const MISSING_GRANTS: &str = "
    with role as (
        select $1::text::name as name
    ), tables as (
        select c.oid, format('%s', c.oid::regclass) as name,
               case when c.relname = 'activities' then 'select, insert'
                    when c.relname = 'activity_partitions' or c.relkind = 'v' then 'select'
                    else 'select, insert, update, delete' end as rights
          from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
           and not c.relispartition and c.relname <> '_sqlx_migrations'
           and pg_has_role(c.relowner, 'usage')
    ), functions as (
        select p.oid, format('%s', p.oid::regprocedure) as name
          from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.prosecdef and pg_has_role(p.proowner, 'usage')
    )
    select format('grant usage on schema public to %I', role.name) as statement
      from role
     where not has_schema_privilege(role.name, 'public', 'usage')
    union all
    select format('grant %s on %s to %I', tables.rights, tables.name, role.name)
      from role, tables
     where exists (select from string_to_table(tables.rights, ', ') as single (name)
                    where not has_table_privilege(role.name, tables.oid, single.name))
    union all
    select format('grant execute on function %s to %I', functions.name, role.name)
      from role, functions
     where not has_function_privilege(role.name, functions.oid, 'execute')";

/// Gives a role what the server needs, as the role that owns the tables. Does nothing if it has all of that.
///
/// # Errors
/// When the database refuses.
pub async fn grant(owner: &Endpoint, role: &str) -> Result<(), sqlx::Error> {
    let options = StatementLimits::MIGRATION.apply(owner.connect_options());
    let mut connection = options.connect().await?;
    let mut transaction = connection.begin().await?;
    sqlx::query(LOCK).execute(&mut *transaction).await?;
    let statements: Vec<String> =
        sqlx::query_scalar(MISSING_GRANTS).bind(role).fetch_all(&mut *transaction).await?;
    for statement in statements {
        // Names are quoted by Postgres' own `format` and `regclass`.
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    connection.close().await
}

/// The properties of a connection's role: permissions beyond what the server needs, and missing ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RoleProperties {
    /// Whether no check of permissions applies to it.
    pub is_superuser: bool,
    /// Whether it can change and drop Tributary's tables.
    pub owns_tables: bool,
    /// Whether it sees the activity of other roles, which explains delays.
    pub is_monitor: bool,
}

impl RoleProperties {
    pub(crate) async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        sqlx::query_as(
            "select rolsuper as is_superuser,
                    exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                             where n.nspname = 'public' and c.relkind in ('r', 'p')
                               and pg_has_role(c.relowner, 'usage')) as owns_tables,
                    pg_has_role('pg_monitor', 'usage') as is_monitor
               from pg_roles
              where rolname = current_user",
        )
        .fetch_one(connection)
        .await
    }
}
