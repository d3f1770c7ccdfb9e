//! A private Postgres cluster: a real Postgres server that belongs to one program, which
//! initialises, starts and stops it. Nothing has to be configured by hand; only Postgres' programs
//! must be installed.
//!
//! The server listens on a Unix socket only, in a directory that no other user can enter, and its
//! superuser needs no password there. It stops together with the program.
//!
//! The data directory contains:
//!
//! | | |
//! |---|---|
//! | `lock` | locked by the process that uses the directory; holds its process id |
//! | `postgres/` | Postgres' own data (`PGDATA`) |
//! | `run/` | the socket |
//! | `postgres.log` | the server's log since its last start |
//!
//! The process that holds the lock owns the cluster. A Postgres that runs on the directory while
//! the lock is free was therefore left behind by a program that was killed; the next start stops
//! it first.
//!
//! ```no_run
//! # async fn example() -> Result<(), private_postgres::ClusterError> {
//! use private_postgres::{Cluster, ClusterOptions};
//!
//! let options = ClusterOptions::new("/var/lib/example").with_settings([("work_mem", "16MB")]);
//! let cluster = Cluster::start(&options).await?;
//! println!("psql -h {}", cluster.connection_info().socket_dir.display());
//! cluster.stop().await?;
//! # Ok(())
//! # }
//! ```

mod binaries;
mod data_dir;
mod error;
mod initdb;
mod options;
mod orphan;
mod pid_file;
mod postmaster;
mod run_as;
mod socket_dir;
#[cfg(feature = "testing")]
pub mod testing;

use std::path::PathBuf;

pub use error::ClusterError;
pub use options::{ClusterOptions, Durability};

use self::binaries::SearchPath;
use self::data_dir::DataDir;
use self::postmaster::Postmaster;
use self::run_as::RunAs;
use self::socket_dir::SocketDir;

/// The server listens on no TCP port: the number is only a part of the socket's file name.
const PORT: u16 = 5432;

/// How to connect to a running cluster. The role is the cluster's superuser and has no password.
/// A new cluster has the databases that `initdb` creates: `postgres`, `template0`, `template1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The directory of the Unix socket, as libpq's parameter `host` takes it.
    pub socket_dir: PathBuf,
    /// The port: a part of the socket's file name.
    pub port: u16,
    /// The superuser's role.
    pub user: String,
}

/// A running private cluster.
///
/// [`Cluster::stop`] stops the server and waits for it. When a cluster is dropped instead, the
/// server is told to stop, and the next start waits until it has.
#[derive(Debug)]
pub struct Cluster {
    // Dropped in this order: the lock is released last.
    postmaster: Postmaster,
    socket: SocketDir,
    user: String,
    _data_dir: DataDir,
}

impl Cluster {
    /// Starts Postgres on the data directory and waits until it accepts connections.
    ///
    /// A missing directory is created and initialised. An existing one is started with programs
    /// of the major version that wrote it.
    ///
    /// # Errors
    /// See [`ClusterError`]. Existing data isn't changed by a start that fails before the server
    /// runs.
    pub async fn start(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let data_dir = DataDir::lock(&options.data_dir)?;
        let written_by = data_dir.major_version()?;
        let search = SearchPath::new(options.bin_dir.as_deref(), options.oldest_major);
        let binaries = match written_by {
            Some(major) => search.find_major(major, data_dir.path())?,
            None => search.find_newest()?,
        };
        let run_as = RunAs::for_data(&data_dir.pgdata())?;
        run_as.check_access(data_dir.path())?;

        orphan::stop_orphan(&data_dir).await?;
        if written_by.is_none() {
            initdb::run(&binaries, &data_dir, &run_as, options).await?;
        }
        let socket = SocketDir::prepare(data_dir.path(), &run_as)?;
        let settings = command_line_settings(options, &socket);
        let postmaster = Postmaster::start(&binaries, &data_dir, &run_as, &settings).await?;
        tracing::info!(
            postgres = binaries.major(),
            directory = %data_dir.path().display(),
            "the private Postgres is running"
        );
        Ok(Self { postmaster, socket, user: options.superuser.clone(), _data_dir: data_dir })
    }

    /// How to connect to the cluster.
    #[must_use]
    pub fn connection_info(&self) -> ConnectionInfo {
        ConnectionInfo {
            socket_dir: self.socket.path().to_owned(),
            port: PORT,
            user: self.user.clone(),
        }
    }

    /// Stops Postgres and waits until it has written everything (a fast shutdown: it ends the
    /// sessions of all clients). After 15 s it is stopped without a checkpoint (an immediate
    /// shutdown), which loses no committed data: the next start recovers.
    ///
    /// # Errors
    /// [`ClusterError::StopTimeout`] when it doesn't end after another 15 s either.
    pub async fn stop(self) -> Result<(), ClusterError> {
        self.postmaster.stop().await?;
        self.socket.remove();
        Ok(())
    }
}

/// The settings of one start, in ascending precedence. They are passed on the command line and not
/// written to a file, so that a newer program's settings apply to an older data directory as well.
/// The crate's own come last: where the server listens isn't left to the caller.
fn command_line_settings(options: &ClusterOptions, socket: &SocketDir) -> Vec<(String, String)> {
    // `synchronous_commit` stays on: logical decoding sees a commit only once its WAL is written.
    let not_durable = [("fsync", "off"), ("full_page_writes", "off")];
    let fixed = [
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("log_destination", "stderr"),
        ("logging_collector", "off"),
    ];
    let durability = not_durable.iter().filter(|_| options.durability == Durability::None);
    options
        .settings
        .iter()
        .cloned()
        .chain(durability.chain(&fixed).map(|(name, value)| ((*name).into(), (*value).into())))
        .chain([
            ("port".to_owned(), PORT.to_string()),
            ("unix_socket_directories".to_owned(), socket.setting()),
        ])
        .collect()
}
