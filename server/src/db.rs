//! The database: a private Postgres cluster by default, or the server that `DATABASE_URL` names.

pub mod actor;
pub mod endpoint;
pub mod migrations;
pub mod requirements;
pub mod transaction;

use std::time::Duration;

use private_postgres::Cluster;
use sqlx::postgres::PgPoolOptions;
use sqlx::{ConnectOptions, Connection, PgPool};

pub use endpoint::{Endpoint, Host, InvalidEndpoint};

use crate::config::DatabaseConfig;
use crate::private_cluster::{self, PrivateClusterError};

/// The name of the private cluster's only database.
const PRIVATE_DATABASE: &str = "tributary";

/// How long a request may wait for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long [`Database::close`] waits for connections in use before it cuts them off.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the database can't be used, in a sentence for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The address can't be read.
    #[error("DATABASE_URL {0}")]
    Url(#[from] InvalidEndpoint),
    /// The private cluster didn't start or stop.
    #[error(transparent)]
    Cluster(#[from] PrivateClusterError),
    /// Nobody answers, or they refuse.
    #[error("Postgres at {endpoint} can't be used: {reason}")]
    Connect {
        /// Where.
        endpoint: Endpoint,
        /// What it said.
        reason: String,
    },
    /// It answers, but isn't set up for Tributary.
    #[error("Postgres at {endpoint} isn't set up for Tributary:{}", requirements::list(.missing))]
    Requirements {
        /// Where.
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

/// The worker writes, the tail reads and listens, the router reads.
const HEART_CONNECTIONS: u32 = 4;

/// A database with Tributary's schema, ready to be used.
#[derive(Debug)]
pub struct Database {
    /// Connections for requests and catch-up.
    pub pool: PgPool,
    /// Connections for what feeds the streams: it must not wait behind a crowd of requests.
    pub heart: PgPool,
    /// Where it is, for connections that the pool doesn't give: replication and notifications.
    pub endpoint: Endpoint,
    /// What has to be stopped with it.
    cluster: Option<Cluster>,
}

impl Database {
    /// Starts the private cluster or reaches the configured server, checks that it can do what
    /// Tributary needs, and brings the schema up to date.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn open(config: &DatabaseConfig) -> Result<Self, DatabaseError> {
        let (endpoint, cluster) = match &config.url {
            Some(url) => (Endpoint::parse(url.reveal())?, None),
            None => {
                let cluster = private_cluster::start(config).await?;
                let endpoint = private_cluster::endpoint(&cluster, PRIVATE_DATABASE);
                create_database(&endpoint).await?;
                (endpoint, Some(cluster))
            }
        };
        requirements::check(&endpoint).await?;
        let (pool, heart) = (pool(&endpoint, 20), pool(&endpoint, HEART_CONNECTIONS));
        let database = Self { pool, heart, endpoint, cluster };
        migrations::run(&database.pool).await?;
        Ok(database)
    }

    /// A database on a cluster that somebody else stops.
    #[cfg(test)]
    pub(crate) fn borrowed(requests: PgPool, endpoint: Endpoint) -> Self {
        let heart = pool(&endpoint, HEART_CONNECTIONS);
        Self { pool: requests, heart, endpoint, cluster: None }
    }

    /// Lets go of all connections, then stops the private cluster, if that is where it is.
    ///
    /// # Errors
    /// When the private cluster doesn't stop.
    pub async fn close(self) -> Result<(), DatabaseError> {
        // A connection that a hung request never gives back mustn't keep Postgres running.
        let closed = async { tokio::join!(self.heart.close(), self.pool.close()) };
        if tokio::time::timeout(CLOSE_TIMEOUT, closed).await.is_err() {
            tracing::warn!("closing the database although some of its connections are in use");
        }
        if let Some(cluster) = self.cluster {
            cluster.stop().await.map_err(PrivateClusterError::from)?;
        }
        Ok(())
    }
}

/// Creates the endpoint's database, unless it exists. The role must be allowed to, and to connect
/// to the database `postgres`.
pub(crate) async fn create_database(endpoint: &Endpoint) -> Result<(), sqlx::Error> {
    let maintenance = Endpoint { database: "postgres".to_owned(), ..endpoint.clone() };
    let mut connection = maintenance.connect_options().connect().await?;
    let missing: Option<(String,)> = sqlx::query_as(
        "select format('create database %I', $1)
         where not exists (select from pg_database where datname = $1)",
    )
    .bind(&endpoint.database)
    .fetch_optional(&mut connection)
    .await?;
    if let Some((create,)) = missing {
        // The name was quoted by Postgres itself.
        sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut connection).await?;
    }
    connection.close().await
}

/// A pool that connects when it is used.
pub(crate) fn pool(endpoint: &Endpoint, most_connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(most_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(endpoint.connect_options())
}

#[cfg(test)]
mod tests {
    use private_postgres::testing::Sandbox;

    use super::*;

    #[tokio::test]
    async fn the_private_database_opens_again_with_what_was_written() {
        let sandbox = Sandbox::new();
        let config = DatabaseConfig {
            url: None,
            data_dir: sandbox.data_dir(),
            pg_bin: sandbox.options().bin_dir,
        };

        let database = Database::open(&config).await.unwrap();
        let (epoch,): (i64,) =
            sqlx::query_as("select epoch from cdc_state").fetch_one(&database.pool).await.unwrap();
        database.close().await.unwrap();

        let database = Database::open(&config).await.unwrap();
        let (again,): (i64,) =
            sqlx::query_as("select epoch from cdc_state").fetch_one(&database.pool).await.unwrap();
        database.close().await.unwrap();
        assert_eq!(again, epoch);
    }

    #[tokio::test]
    async fn an_unreachable_server_is_named_without_its_password() {
        let config = DatabaseConfig {
            url: Some("postgres://ada:s3cret@127.0.0.1:1/x".to_owned().into()),
            data_dir: "/nonexistent".into(),
            pg_bin: None,
        };
        let sentence = Database::open(&config).await.unwrap_err().to_string();
        assert!(
            sentence.starts_with("Postgres at ada@127.0.0.1:1/x can't be used: "),
            "{sentence}"
        );
        assert!(!sentence.contains("s3cret"), "{sentence}");
    }
}
