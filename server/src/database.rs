//! Opens the configured database, or starts a private Postgres and opens its database.

use db::private_roles::{self, PrivateRoles};
use db::{Database, DatabaseError, Endpoint, InvalidEndpoint};
use private_postgres::{Cluster, ClusterError};
use tracing::warn;

use crate::config::DatabaseConfig;
use crate::node_health::NodeHealth;
use crate::private_cluster::{self, PrivateClusterError};

/// The only database of the private Postgres.
const PRIVATE_DATABASE: &str = "tributary";

/// Why the database can't be opened, in a sentence for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is invalid.
    #[error("DATABASE_URL {0}")]
    Url(#[from] InvalidEndpoint),
    /// The URL of the owner is invalid.
    #[error("DATABASE_OWNER_URL {0}")]
    OwnerUrl(#[source] InvalidEndpoint),
    /// The private Postgres didn't start.
    #[error(transparent)]
    Cluster(#[from] PrivateClusterError),
    /// The private Postgres refused to create its database or the roles.
    #[error("creating the database and the roles of the private Postgres failed: {0}")]
    Create(#[source] sqlx::Error),
    /// The database can't be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// An open database, and the private Postgres if this server runs one.
#[derive(Debug)]
pub struct OpenDatabase {
    /// The connections to the database.
    pub database: Database,
    cluster: Option<Cluster>,
}

impl OpenDatabase {
    /// Starts the private Postgres or connects to the configured server, and sets the database up.
    ///
    /// # Errors
    /// See [`OpenError`]. The private Postgres is stopped then.
    pub async fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        let Some(endpoint) = config.endpoint()? else { return Self::open_private(config).await };
        let database = match config.owner_endpoint().map_err(OpenError::OwnerUrl)? {
            Some(owner) => Database::open_with_owner(endpoint, owner).await?,
            None => Database::open(endpoint).await?,
        };
        log_protection(&database.endpoint);
        Ok(Self { database, cluster: None })
    }

    /// Like [`Self::open`], beside a server that may run: if it has started the private Postgres, this
    /// connects to that one.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_shared(config: &DatabaseConfig) -> Result<Self, OpenError> {
        match Self::open(config).await {
            Err(OpenError::Cluster(error)) if matches!(error.cause, ClusterError::InUse { .. }) => {
                let superuser = private_cluster::running_endpoint(config, PRIVATE_DATABASE);
                let superuser = superuser.ok_or(OpenError::Cluster(error))?;
                Ok(Self::shared(open_with_roles(&superuser).await?))
            }
            outcome => outcome,
        }
    }

    async fn open_private(config: &DatabaseConfig) -> Result<Self, OpenError> {
        let cluster = private_cluster::start(config).await?;
        let superuser = private_cluster::endpoint(&cluster, PRIVATE_DATABASE);
        superuser.create_database().await.map_err(OpenError::Create)?;
        let database = open_with_roles(&superuser).await?;
        Ok(Self { database, cluster: Some(cluster) })
    }

    /// Returns the health of a node on this database.
    #[must_use]
    pub fn node_health(&self) -> NodeHealth {
        NodeHealth::new(self.cluster.as_ref().map(Cluster::state))
    }

    /// Creates a database whose Postgres isn't stopped by [`Self::close`].
    #[must_use]
    pub const fn shared(database: Database) -> Self {
        Self { database, cluster: None }
    }

    /// Closes all connections, then stops the private Postgres.
    ///
    /// # Errors
    /// When the private Postgres doesn't stop.
    pub async fn close(self) -> Result<(), ClusterError> {
        self.database.close().await;
        match self.cluster {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        }
    }
}

/// Opens the database of a private Postgres with the roles that its superuser makes.
async fn open_with_roles(superuser: &Endpoint) -> Result<Database, OpenError> {
    let PrivateRoles { owner, runtime } =
        private_roles::set_up(superuser).await.map_err(OpenError::Create)?;
    Ok(Database::open_with_owner(runtime, owner).await?)
}

/// Connections that anyone on the way could read or redirect are worth a line.
fn log_protection(endpoint: &Endpoint) {
    if endpoint.leaves_machine() && !endpoint.tls.is_verified() {
        warn!(
            "Connections to the database are {}: sslmode=verify-full in DATABASE_URL would encrypt and verify",
            endpoint.tls
        );
    }
}

#[cfg(test)]
mod tests {
    use testing::Sandbox;

    use super::*;

    fn config(sandbox: &Sandbox) -> DatabaseConfig {
        DatabaseConfig {
            url: None,
            owner_url: None,
            data_dir: sandbox.data_dir(),
            pg_bin: sandbox.options().bin_dir,
        }
    }

    async fn read_epoch(open: &OpenDatabase) -> i64 {
        sqlx::query_scalar("select epoch from cdc_state")
            .fetch_one(&open.database.pool)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn private_database_keeps_its_data_over_restarts() {
        let sandbox = Sandbox::new();
        let config = config(&sandbox);

        let open = OpenDatabase::open(&config).await.unwrap();
        let epoch = read_epoch(&open).await;
        open.close().await.unwrap();

        let open = OpenDatabase::open(&config).await.unwrap();
        let epoch_after_restart = read_epoch(&open).await;
        open.close().await.unwrap();
        assert_eq!(epoch_after_restart, epoch);
    }

    #[tokio::test]
    async fn unreachable_server_is_named_by_its_setting() {
        let config = DatabaseConfig {
            url: Some("postgres://ada:s3cret@127.0.0.1:1/x".to_owned().into()),
            owner_url: None,
            data_dir: "/nonexistent".into(),
            pg_bin: None,
        };
        let sentence = OpenDatabase::open(&config).await.unwrap_err().to_string();
        assert!(
            sentence.starts_with("can't connect to the Postgres server in DATABASE_URL: "),
            "{sentence}"
        );
        for part in ["s3cret", "ada", "127.0.0.1", "/x"] {
            assert!(!sentence.contains(part), "{sentence}");
        }
    }
}
