//! Access to the database: its address, requirements, schema, connection pools and transactions.

pub mod actor;
pub mod batch_loader;
pub mod clock;
pub mod condition;
mod connect_error;
pub mod crash_point;
pub mod endpoint;
pub mod migrations;
pub mod pool;
pub mod private_roles;
mod read_only;
pub mod redaction;
pub mod requirements;
pub mod retry;
pub mod roles;
pub mod tls;
pub mod transaction;

use std::time::Duration;

use sqlx::PgPool;

pub use condition::Condition;
pub use endpoint::{Endpoint, EndpointSource, Host, InvalidEndpoint};
pub use pool::{CHECK_INTERVAL, StatementLimits, pool};
pub use redaction::Redactor;
pub use requirements::{CheckedServer, RoleUse};

/// How long [`Database::close`] waits for connections in use before it gives up.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The size of the pool for requests and catch-up.
const REQUEST_CONNECTIONS: u32 = 20;

/// The size of the pool for background tasks: the CDC worker writes, the tail reads and listens, the
/// router reads.
const BACKGROUND_CONNECTIONS: u32 = 4;

/// The connections besides both pools: replication, checks of the database, and an administrator's.
const OTHER_CONNECTIONS: u32 = 3;

/// Returns the size of the pool for requests where the role may have only so many connections. A pool
/// that is larger would wait for connections that it can't open, instead of for those that it has.
fn request_connections(allowed: i32) -> u32 {
    let others = BACKGROUND_CONNECTIONS + OTHER_CONNECTIONS;
    u32::try_from(allowed).unwrap_or(0).saturating_sub(others).clamp(1, REQUEST_CONNECTIONS)
}

/// Why the database can't be used. The texts are for the operator who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The server doesn't answer, or refuses the connection.
    #[error("can't connect to {endpoint}: {reason}")]
    Connect {
        /// The database that was asked for.
        endpoint: Endpoint,
        /// The error of the server or the operating system.
        reason: String,
    },
    /// The server accepts connections, but doesn't meet the requirements.
    #[error(
        "{endpoint} isn't set up for Tributary:{}",
        requirements::format_list(.missing)
    )]
    Requirements {
        /// The database that was asked for.
        endpoint: Endpoint,
        /// The requirements that aren't met; never empty.
        missing: Vec<requirements::MissingRequirement>,
    },
    /// The schema can't be brought up to date.
    #[error(transparent)]
    Migrations(#[from] migrations::MigrationError),
    /// The two addresses lead to different databases.
    #[error("{owner} isn't the database of {runtime}: name the same one in both")]
    OtherDatabase {
        /// The address for the owner.
        owner: Box<Endpoint>,
        /// The address for the server.
        runtime: Box<Endpoint>,
    },
    /// A statement that sets up the database failed.
    #[error("setting up the database failed: {0}")]
    SetUp(#[from] sqlx::Error),
}

/// A database with Tributary's schema, and pools of connections to it.
#[derive(Debug)]
pub struct Database {
    /// Connections for requests and catch-up.
    pub pool: PgPool,
    /// Connections for the CDC worker, the tail and the router. They are separate so that streams
    /// don't wait while requests use up the other pool.
    pub background_pool: PgPool,
    /// For connections outside of the pools: replication and notifications.
    pub endpoint: Endpoint,
}

impl Database {
    /// Checks that the server meets the requirements, and applies the migrations.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn open(endpoint: Endpoint) -> Result<Self, DatabaseError> {
        let checked = requirements::check(&endpoint, RoleUse::Everything).await?;
        migrations::run(&checked.endpoint.connect_options()).await?;
        Ok(Self::of(checked))
    }

    /// Like [`Self::open`], with a role that owns the tables and applies the migrations, and another one that the
    /// server works with. Gives the second one what it needs.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn open_with_owner(
        runtime: Endpoint,
        owner: Endpoint,
    ) -> Result<Self, DatabaseError> {
        let runtime = requirements::check(&runtime, RoleUse::Runtime).await?;
        let owner = requirements::check(&owner, RoleUse::Owner).await?;
        if !owner.is_same_database(&runtime) {
            let (owner, runtime) = (Box::new(owner.endpoint), Box::new(runtime.endpoint));
            return Err(DatabaseError::OtherDatabase { owner, runtime });
        }
        migrations::run(&owner.endpoint.connect_options()).await?;
        roles::grant(&owner.endpoint, &runtime.role).await?;
        Ok(Self::of(runtime))
    }

    fn of(CheckedServer { endpoint, allowed_connections, .. }: CheckedServer) -> Self {
        Self::connect(pool(&endpoint, request_connections(allowed_connections)), endpoint)
    }

    /// Creates a database that is already set up, with `pool` for requests. Doesn't connect yet.
    #[must_use]
    pub fn connect(pool: PgPool, endpoint: Endpoint) -> Self {
        let background_pool =
            pool::pool_with(&endpoint, BACKGROUND_CONNECTIONS, StatementLimits::BACKGROUND);
        Self { pool, background_pool, endpoint }
    }

    /// Closes all connections. Waits at most 5 s for those in use, so that a hung request doesn't
    /// prevent the database from being stopped.
    pub async fn close(self) {
        let closed = async { tokio::join!(self.background_pool.close(), self.pool.close()) };
        if tokio::time::timeout(CLOSE_TIMEOUT, closed).await.is_err() {
            tracing::warn!("Some database connections are still in use; closing anyway");
        }
    }
}
