//! The transaction that keeps a slot from being created.

use std::fmt;

use contract::Timestamp;
use sqlx::{FromRow, PgPool};

/// An open transaction of another process.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Blocker {
    /// The process id of the backend; 0 for a prepared transaction.
    pid: i32,
    database: String,
    /// The client's `application_name`.
    application: String,
    /// The client's role.
    role: String,
    open_since: Option<Timestamp>,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, database, application, role, open_since } = self;
        if *pid == 0 {
            return write!(f, "a prepared transaction in database {database:?}");
        }
        write!(f, "process {pid} ({application}, role {role:?}) in database {database:?}")?;
        match open_since {
            Some(since) => write!(f, ", open since {since}"),
            None => Ok(()),
        }
    }
}

/// Returns the transaction that the backend with that process id waits for; none if it waits for none.
///
/// # Errors
/// When the database can't answer.
pub(super) async fn of_backend(pool: &PgPool, pid: i32) -> Result<Option<Blocker>, sqlx::Error> {
    sqlx::query_as(
        "select blocking.pid, coalesce(a.datname, p.database, '') as database,
                coalesce(nullif(a.application_name, ''), 'a client without a name') as application,
                coalesce(a.usename, p.owner, '') as role,
                coalesce(a.xact_start, p.prepared) as open_since
           from unnest(pg_blocking_pids($1)) as blocking(pid)
           left join pg_stat_activity a on a.pid = blocking.pid
           left join lateral (
                select database::text, owner::text, prepared from pg_prepared_xacts
                 where blocking.pid = 0 order by prepared limit 1) p on true
          order by open_since
          limit 1",
    )
    .bind(pid)
    .fetch_optional(pool)
    .await
}
