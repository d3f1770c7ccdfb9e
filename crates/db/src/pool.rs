//! Pools of connections. Every wait of a statement is bounded, whatever the role's own settings are.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor, PgPool, Row};

use super::Endpoint;

/// How long a request may wait for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The age at which a connection that only reads is replaced. `default_transaction_read_only` is read
/// when a session begins, so a session from a read-only phase would stay read-only after it.
const READ_ONLY_LIFETIME: Duration = Duration::from_secs(2);

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
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // The statement below tests the connection as well.
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(async move {
                let row = connection.fetch_one("show transaction_read_only").await?;
                let is_read_only = row.try_get::<&str, _>(0)? == "on";
                Ok(!(is_read_only && metadata.age > READ_ONLY_LIFETIME))
            })
        })
        .connect_lazy_with(limits.apply(endpoint.connect_options()))
}
