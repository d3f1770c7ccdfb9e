//! Pools of connections. Every wait of a statement is bounded, whatever the role's own settings are.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgPool, Row};
use tokio::time::timeout;

use super::Endpoint;

/// How long a request may wait for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The age at which a connection that only reads is replaced. `default_transaction_read_only` is read
/// when a session begins, so a session from a read-only phase would stay read-only after it.
const READ_ONLY_LIFETIME: Duration = Duration::from_secs(2);

/// How long a connection may take to become usable again. Longer than a statement may wait for a lock.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// Timeouts of the role that would end idle connections and long transactions. They can't be set when a
/// connection is opened, since older versions of Postgres don't know them.
const END_OTHER_TIMEOUTS: &str = "select set_config(name, '0', false) from pg_settings
     where name in ('idle_session_timeout', 'transaction_timeout') and setting <> '0'";

/// The limits of the statements of a pool, as Postgres' settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementLimits {
    /// How long a statement may wait for one lock.
    pub lock_timeout: Duration,
    /// How long a statement may take, waits included.
    pub statement_timeout: Duration,
    /// How long a transaction may be idle before Postgres ends it. Zero: any time. It frees the locks
    /// of a node that stands still.
    pub idle_in_transaction_timeout: Duration,
}

impl StatementLimits {
    /// For requests: a client waits for the answer, and other requests for the connection.
    pub const REQUEST: Self = Self {
        lock_timeout: Duration::from_secs(3),
        statement_timeout: Duration::from_secs(20),
        idle_in_transaction_timeout: Duration::from_secs(30),
    };

    /// For background tasks, as long as the CDC worker's limit for one batch. Its transaction stays open
    /// while Postgres decodes a large source transaction.
    pub const BACKGROUND: Self = Self {
        lock_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(60),
        idle_in_transaction_timeout: Duration::ZERO,
    };

    /// For migrations. A lock that isn't granted at once makes all later statements wait behind it, so
    /// the attempt is given up soon and repeated.
    pub const MIGRATION: Self = Self {
        lock_timeout: Duration::from_secs(2),
        statement_timeout: Duration::ZERO,
        idle_in_transaction_timeout: Duration::ZERO,
    };

    /// The options of connections with these limits.
    #[must_use]
    pub fn apply(self, options: PgConnectOptions) -> PgConnectOptions {
        options.options([
            ("lock_timeout", self.lock_timeout.as_millis()),
            ("statement_timeout", self.statement_timeout.as_millis()),
            ("idle_in_transaction_session_timeout", self.idle_in_transaction_timeout.as_millis()),
        ])
    }
}

/// A pool for requests that opens connections on demand.
#[must_use]
pub fn pool(endpoint: &Endpoint, max_connections: u32) -> PgPool {
    pool_with(endpoint, max_connections, StatementLimits::REQUEST)
}

/// A pool with other limits.
#[must_use]
pub fn pool_with(endpoint: &Endpoint, max_connections: u32, limits: StatementLimits) -> PgPool {
    let tables = Arc::new(TableIdentity::default());
    let tables_at_connect = Arc::clone(&tables);
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // The statement below tests the connection as well.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let tables = Arc::clone(&tables_at_connect);
            Box::pin(async move {
                connection.execute(END_OTHER_TIMEOUTS).await?;
                let row = connection.fetch_one(CONNECTION_STATE).await?;
                tables.is_older(row.try_get(1)?, Duration::ZERO);
                Ok(())
            })
        })
        .before_acquire(move |connection, metadata| {
            let tables = Arc::clone(&tables);
            Box::pin(async move {
                let row = connection.fetch_one(CONNECTION_STATE).await?;
                let is_read_only = row.try_get::<&str, _>(0)? == "on";
                let is_expired = is_read_only && metadata.age > READ_ONLY_LIFETIME;
                Ok(!tables.is_older(row.try_get(1)?, metadata.age) && !is_expired)
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                // Its last statement may still run, such as that of a client that has left. A network
                // that swallows packets must not keep it for the quarter of an hour that TCP takes.
                timeout(RELEASE_TIMEOUT, connection.ping())
                    .await
                    .map_err(|_| sqlx::Error::Io(io::ErrorKind::TimedOut.into()))??;
                Ok(true)
            })
        })
        .connect_lazy_with(limits.apply(endpoint.connect_options()))
}

/// What decides whether a connection can still be used.
const CONNECTION_STATE: &str =
    "select current_setting('transaction_read_only'), to_regclass('users')::oid";

/// Notices when the tables were dropped and created again, as by a restore in place.
///
/// The prepared statements of earlier connections fail from then on ("cached plan must not change result
/// type"), so these connections have to be replaced. A restore drops all tables before it creates the
/// first one, so the identity of one table stands for all.
#[derive(Debug, Default)]
struct TableIdentity(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// The table as it was last seen; none before the first look.
    table: Option<Option<Oid>>,
    changed_at: Option<Instant>,
}

impl TableIdentity {
    /// Whether a connection of this age is older than the tables. `table` is the identity of one of
    /// them, as the database has it now.
    fn is_older(&self, table: Option<Oid>, age: Duration) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.table.is_some_and(|known| known != table) {
            seen.changed_at = Some(Instant::now());
        }
        seen.table = Some(table);
        seen.changed_at.is_some_and(|at| age > at.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testing::TestDatabase;

    #[tokio::test]
    async fn connections_from_before_a_restore_in_place_are_replaced() {
        let database = TestDatabase::create().await;
        let pool = database.new_pool(2);
        let count = || sqlx::query("select * from users").fetch_all(&pool);
        count().await.unwrap();

        // What `pg_restore --clean` does. The types of the columns change too, as domains are new.
        let recreate = "drop table users cascade; create table users (id bigint)";
        sqlx::raw_sql(recreate).execute(&database.pool).await.unwrap();

        for _ in 0..5 {
            count().await.unwrap();
        }
        pool.close().await;
    }

    #[test]
    fn connections_that_are_younger_than_the_tables_are_kept() {
        let (first, second) = (Some(Oid(1)), Some(Oid(2)));
        let minute = Duration::from_secs(60);
        let tables = TableIdentity::default();
        assert!(!tables.is_older(first, minute));
        assert!(!tables.is_older(first, Duration::ZERO));
        assert!(tables.is_older(second, minute));
        assert!(!tables.is_older(second, Duration::ZERO));
    }
}
