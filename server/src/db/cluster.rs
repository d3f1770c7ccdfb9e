//! The private Postgres cluster: the real engine with nothing to install by hand or to configure.
//!
//! It listens on a Unix socket only, in a folder that nobody else can enter, and is stopped with
//! the server. The data folder holds:
//!
//! | | |
//! |---|---|
//! | `lock` | held by the Tributary that uses the folder |
//! | `postgres/` | Postgres' own data |
//! | `run/` | the socket |
//! | `postgres.log` | what Postgres said since its last start |
//!
//! Whoever holds the lock owns the cluster. So a Postgres that runs on the folder while the lock
//! is free was left behind by a Tributary that was killed, and is stopped before a new one starts.

mod binaries;
mod data_folder;
mod error;
mod initdb;
mod orphan;
mod pid_file;
mod postmaster;
mod run_as;
mod socket_folder;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use sqlx::{ConnectOptions, Connection};

pub use error::ClusterError;

use self::binaries::Search;
use self::data_folder::DataFolder;
use self::postmaster::Postmaster;
use self::run_as::RunAs;
use self::socket_folder::SocketFolder;
use super::{Endpoint, Host};
use crate::config::DatabaseConfig;

/// The cluster's superuser. Whoever can enter the socket's folder is trusted to be it.
const SUPERUSER: &str = "tributary";

/// Only a part of the socket's name.
const PORT: u16 = 5432;

/// How a cluster is started.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// The data folder.
    pub data_dir: PathBuf,
    /// The folder with Postgres' programs, when they aren't to be searched for.
    pub pg_bin: Option<PathBuf>,
    /// Whether the data must survive a crash of the machine.
    pub durability: Durability,
    /// Postgres' settings on top of those that Tributary needs.
    pub settings: Vec<(&'static str, String)>,
}

impl From<&DatabaseConfig> for ClusterOptions {
    fn from(config: &DatabaseConfig) -> Self {
        Self {
            data_dir: config.data_dir.clone(),
            pg_bin: config.pg_bin.clone(),
            durability: Durability::Full,
            settings: Vec::new(),
        }
    }
}

/// Whether the data must survive a crash of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// What was committed stays.
    Full,
    /// Nobody needs the data afterwards; several times faster.
    None,
}

/// A running private cluster.
#[derive(Debug)]
pub struct Cluster {
    // Dropped in this order: the lock is let go last.
    postmaster: Postmaster,
    socket: SocketFolder,
    _folder: DataFolder,
}

impl Cluster {
    /// Starts Postgres on the data folder, after making that folder, its data and its lock what
    /// they have to be.
    ///
    /// # Errors
    /// One sentence on what is wrong and what to do; see [`ClusterError`].
    pub async fn start(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let folder = DataFolder::claim(&options.data_dir)?;
        let written_by = folder.major()?;
        let search = Search::system(options.pg_bin.as_deref());
        let binaries = match written_by {
            Some(major) => search.of_major(major, folder.path())?,
            None => search.newest()?,
        };
        let run_as = RunAs::for_data(&folder.postgres())?;
        run_as.check_reach(folder.path())?;

        orphan::stop(&folder).await?;
        if written_by.is_none() {
            initdb::run(&binaries, &folder, &run_as, options.durability).await?;
        }
        let socket = SocketFolder::prepare(folder.path(), &run_as)?;
        let settings = settings(options, &socket);
        let postmaster = Postmaster::start(&binaries, &folder, &run_as, &settings).await?;
        tracing::info!(
            postgres = binaries.major(),
            folder = %folder.path().display(),
            "the private Postgres is running"
        );
        Ok(Self { postmaster, socket, _folder: folder })
    }

    /// How to reach the database of that name.
    #[must_use]
    pub fn endpoint(&self, database: &str) -> Endpoint {
        Endpoint {
            host: Host::Socket(self.socket.path().to_owned()),
            port: PORT,
            user: SUPERUSER.to_owned(),
            password: None,
            database: database.to_owned(),
        }
    }

    /// Creates the database of that name, unless it exists.
    ///
    /// # Errors
    /// When Postgres refuses.
    pub async fn create_database(&self, name: &str) -> Result<(), sqlx::Error> {
        let mut connection = self.endpoint("postgres").connect_options().connect().await?;
        let missing: Option<(String,)> = sqlx::query_as(
            "select format('create database %I', $1)
             where not exists (select from pg_database where datname = $1)",
        )
        .bind(name)
        .fetch_optional(&mut connection)
        .await?;
        if let Some((create,)) = missing {
            // The name was quoted by Postgres itself.
            sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut connection).await?;
        }
        connection.close().await
    }

    /// Stops Postgres and waits until it has written everything.
    ///
    /// # Errors
    /// When it doesn't stop, even when it is told to drop everything.
    pub async fn stop(self) -> Result<(), ClusterError> {
        self.postmaster.stop().await?;
        self.socket.remove();
        Ok(())
    }
}

/// Settings go on the command line, so that a newer Tributary's apply to an older data folder.
fn settings(options: &ClusterOptions, socket: &SocketFolder) -> Vec<(&'static str, String)> {
    let fixed = [
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("wal_level", "logical"),
        ("max_replication_slots", "10"),
        ("max_wal_senders", "10"),
        // A worker that stays away must not fill the disk: beyond this, its slot is given up.
        ("max_slot_wal_keep_size", "2GB"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        ("log_destination", "stderr"),
        ("logging_collector", "off"),
        ("log_checkpoints", "off"),
    ];
    // Commits still wait until their WAL is written: only then do they reach the CDC worker.
    let hasty = [("fsync", "off"), ("full_page_writes", "off")];
    fixed
        .iter()
        .chain(hasty.iter().filter(|_| options.durability == Durability::None))
        .map(|(name, value)| (*name, (*value).to_owned()))
        .chain([("port", PORT.to_string()), ("unix_socket_directories", socket.setting())])
        .chain(options.settings.iter().cloned())
        .collect()
}
