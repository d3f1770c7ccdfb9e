//! The private Postgres cluster as Tributary uses it, when no `DATABASE_URL` is set.

use db::Endpoint;
use db::requirements::{MIN_MAJOR_VERSION, SERVER_SETTINGS};
use private_postgres::{Cluster, ClusterError, ClusterOptions, ConnectionInfo};

use crate::config::DatabaseConfig;

/// The superuser of the cluster.
const SUPERUSER: &str = "tributary";

/// Why the private cluster can't be used: the reason, and the setting that changes it.
#[derive(Debug, thiserror::Error)]
#[error("{cause}{}", setting_to_change(.cause))]
pub struct PrivateClusterError {
    /// The reason.
    #[from]
    pub cause: ClusterError,
}

/// Starts the cluster and waits until it accepts connections.
///
/// # Errors
/// One sentence on what is wrong and what to do; see [`ClusterError`].
pub async fn start(config: &DatabaseConfig) -> Result<Cluster, PrivateClusterError> {
    Ok(Cluster::start(&options(config).with_settings(SERVER_SETTINGS)).await?)
}

/// Checks whether the cluster could be started. Returns the major version of Postgres.
///
/// # Errors
/// See [`start`].
pub fn check(config: &DatabaseConfig) -> Result<u32, PrivateClusterError> {
    Ok(Cluster::check(&options(config))?)
}

fn options(config: &DatabaseConfig) -> ClusterOptions {
    ClusterOptions {
        bin_dir: config.pg_bin.clone(),
        oldest_major: MIN_MAJOR_VERSION,
        superuser: SUPERUSER.to_owned(),
        ..ClusterOptions::new(&config.data_dir)
    }
}

/// Returns how to connect to a database of the cluster as its superuser. The database needn't exist.
#[must_use]
pub fn endpoint(cluster: &Cluster, database: &str) -> Endpoint {
    let ConnectionInfo { socket_dir, port, user } = cluster.connection_info();
    Endpoint::private(socket_dir, port, user, database)
}

/// Returns how to connect as the superuser to a cluster that another process has started. `None` if
/// none runs.
///
/// Lines 4 and 5 of `postmaster.pid` are the port and the folder of the socket (`miscadmin.h` of Postgres).
#[must_use]
pub fn running_endpoint(config: &DatabaseConfig, database: &str) -> Option<Endpoint> {
    let file = config.data_dir.join("postgres/postmaster.pid");
    let content = std::fs::read_to_string(file).ok()?;
    let mut lines = content.lines().skip(3);
    let port = lines.next()?.trim().parse().ok()?;
    let socket_dir = lines.next()?.trim().into();
    Some(Endpoint::private(socket_dir, port, SUPERUSER.to_owned(), database))
}

/// Returns the end of an error's sentence: the setting to change. Empty where no setting helps.
fn setting_to_change(error: &ClusterError) -> &'static str {
    match error {
        ClusterError::NoBinaries { .. } => {
            " in PG_BIN, or use another Postgres server with DATABASE_URL"
        }
        ClusterError::InvalidBinDir { .. } => " in PG_BIN",
        ClusterError::MajorMismatch { .. } => " (PG_BIN, DATA_DIR)",
        ClusterError::InUse { .. }
        | ClusterError::DataDir { .. }
        | ClusterError::SocketPath { .. } => " with DATA_DIR",
        ClusterError::NoAccess { .. } => " with DATA_DIR, such as /var/lib/tributary",
        ClusterError::ForeignPostgres { .. }
        | ClusterError::NoUser
        | ClusterError::UnknownUser { .. }
        | ClusterError::Initdb { .. }
        | ClusterError::Start { .. }
        | ClusterError::ReadyTimeout { .. }
        | ClusterError::StopTimeout { .. }
        | ClusterError::Spawn { .. } => "",
    }
}

#[cfg(test)]
mod tests {
    use private_postgres::testing::Sandbox;

    use super::*;

    #[tokio::test]
    async fn errors_name_the_setting_to_change() {
        let sandbox = Sandbox::new();
        let config = DatabaseConfig {
            url: None,
            owner_url: None,
            data_dir: sandbox.data_dir(),
            pg_bin: Some("/nonexistent".into()),
        };
        let message = start(&config).await.unwrap_err().to_string();
        assert!(message.contains("(version 14 or newer) in /nonexistent"), "{message}");
        assert!(message.ends_with("directory of Postgres' programs in PG_BIN"), "{message}");

        let file = sandbox.data_dir().with_file_name("file");
        std::fs::write(&file, "").unwrap();
        let config = DatabaseConfig { data_dir: file.join("data"), ..config };
        let message = start(&config).await.unwrap_err().to_string();
        assert!(message.ends_with("choose another data directory with DATA_DIR"), "{message}");
    }
}
