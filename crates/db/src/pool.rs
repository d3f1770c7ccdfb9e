//! Pools of connections. Every wait of a statement is bounded, whatever the role's own settings are.

mod connection_check;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgPool};
use tokio::time::timeout;

use super::{Endpoint, Host};
pub use connection_check::CHECK_INTERVAL;
use connection_check::ConnectionCheck;

/// How long a request may wait for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may take to become usable again. Longer than a statement may wait for a lock.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// Timeouts of the role that would end idle connections and long transactions. They can't be set when a
/// connection is opened, since older versions of Postgres don't know them.
const END_OTHER_TIMEOUTS: &str = "select set_config(name, '0', false) from pg_settings
     where name in ('idle_session_timeout', 'transaction_timeout') and setting <> '0'";

/// Lowers the planner's cost of reading a page out of order. Postgres' default suits spinning disks: with it, Postgres
/// reads a table of some thousand rows as a whole instead of fifty of them by an index. Another value than the
/// default is an operator's choice and stays.
const COST_OF_INDEX_READS: &str = "select set_config('random_page_cost', '1.1', false)
     where current_setting('random_page_cost') = '4'";

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

    /// Returns the options of connections with these limits.
    #[must_use]
    pub fn apply(self, options: PgConnectOptions) -> PgConnectOptions {
        options.options([
            ("lock_timeout", self.lock_timeout.as_millis()),
            ("statement_timeout", self.statement_timeout.as_millis()),
            ("idle_in_transaction_session_timeout", self.idle_in_transaction_timeout.as_millis()),
        ])
    }
}

/// Creates a pool for requests that opens connections on demand.
#[must_use]
pub fn pool(endpoint: &Endpoint, max_connections: u32) -> PgPool {
    pool_with(endpoint, max_connections, StatementLimits::REQUEST)
}

/// Creates a pool with other limits.
#[must_use]
pub fn pool_with(endpoint: &Endpoint, max_connections: u32, limits: StatementLimits) -> PgPool {
    let check = Arc::new(ConnectionCheck::default());
    let check_at_connect = Arc::clone(&check);
    let options = PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // The check below tests the connection as well.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let check = Arc::clone(&check_at_connect);
            Box::pin(async move {
                connection.execute(END_OTHER_TIMEOUTS).await?;
                connection.execute(COST_OF_INDEX_READS).await?;
                check.observe_new(connection).await
            })
        })
        .before_acquire(move |connection, metadata| {
            let check = Arc::clone(&check);
            Box::pin(async move { check.is_usable(connection, &metadata).await })
        });
    let options = match endpoint.host {
        // sqlx waits for the end of the last statement itself, and nothing swallows packets here.
        Host::Socket(_) => options,
        Host::Tcp(_) => options.after_release(|connection, _| {
            Box::pin(async move {
                // Its last statement may still run, such as that of a client that has left. A network
                // that swallows packets must not keep it for the quarter of an hour that TCP takes.
                timeout(RELEASE_TIMEOUT, connection.ping())
                    .await
                    .map_err(|_| sqlx::Error::Io(io::ErrorKind::TimedOut.into()))??;
                Ok(true)
            })
        }),
    };
    options.connect_lazy_with(limits.apply(endpoint.connect_options()))
}
