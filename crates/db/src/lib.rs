//! The database: how it is reached, its schema, its connections and its transactions.

pub mod actor;
pub mod clock;
pub mod crash_point;
pub mod endpoint;
pub mod migrations;
pub mod requirements;
pub mod transaction;

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

pub use endpoint::{Endpoint, Host, InvalidEndpoint};

/// How long a request may wait for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long [`Database::close`] waits for connections in use before it gives up.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections for requests and catch-up.
const REQUEST_CONNECTIONS: u32 = 20;

/// The CDC worker writes, the tail reads and listens, the router reads.
const BACKGROUND_CONNECTIONS: u32 = 4;

/// Why the database can't be used, in a sentence for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The server doesn't answer, or refuses the connection.
    #[error("Postgres at {endpoint} can't be used: {reason}")]
    Connect {
        /// Which database of which server.
        endpoint: Endpoint,
        /// What the server or the system said.
        reason: String,
    },
    /// The server answers, but isn't set up for Tributary.
    #[error("Postgres at {endpoint} isn't set up for Tributary:{}", requirements::list(.missing))]
    Requirements {
        /// Which database of which server.
        endpoint: Endpoint,
        /// What to change, never empty.
        missing: Vec<requirements::Missing>,
    },
    /// The schema can't be brought up to date.
    #[error(transparent)]
    Migrations(#[from] migrations::MigrationError),
    /// A statement of the set-up failed.
    #[error("setting up the database failed: {0}")]
    SetUp(#[from] sqlx::Error),
}

/// A database with Tributary's schema, ready to be used.
#[derive(Debug)]
pub struct Database {
    /// Connections for requests and catch-up.
    pub pool: PgPool,
    /// Connections for the CDC worker, the tail and the router. They are separate so that the
    /// streams don't wait behind a crowd of requests.
    pub background_pool: PgPool,
    /// How to open connections that a pool doesn't give: replication and notifications.
    pub endpoint: Endpoint,
}

impl Database {
    /// Connects, checks that the server can do what Tributary needs, and applies the migrations.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn open(endpoint: Endpoint) -> Result<Self, DatabaseError> {
        requirements::check(&endpoint).await?;
        let database = Self::connect(pool(&endpoint, REQUEST_CONNECTIONS), endpoint);
        migrations::run(&database.pool).await?;
        Ok(database)
    }

    /// A database that is known to be set up, with `pool` for its requests.
    #[must_use]
    pub fn connect(pool: PgPool, endpoint: Endpoint) -> Self {
        let background_pool = self::pool(&endpoint, BACKGROUND_CONNECTIONS);
        Self { pool, background_pool, endpoint }
    }

    /// Closes all connections. Waits 5 s for those in use: a hung request must not keep the
    /// database from being stopped.
    pub async fn close(self) {
        let closed = async { tokio::join!(self.background_pool.close(), self.pool.close()) };
        if tokio::time::timeout(CLOSE_TIMEOUT, closed).await.is_err() {
            tracing::warn!("closing the database although some of its connections are in use");
        }
    }
}

/// A pool that opens its connections when they are needed.
#[must_use]
pub fn pool(endpoint: &Endpoint, max_connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(endpoint.connect_options())
}
