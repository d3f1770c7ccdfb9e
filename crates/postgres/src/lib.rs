//! A private Postgres cluster: a real Postgres server that belongs to one program, which
//! initialises, starts and stops it. Nothing has to be configured by hand; only Postgres' programs
//! must be installed.
//!
//! The server listens on a Unix socket only, in a directory that no other user can enter, and its
//! superuser needs no password there. Postgres refuses to run as root: a program that runs as root
//! starts it as another user ([`SystemUser::for_data`]), or better becomes that user first
//! ([`hand_over`]). It stops together with the program. When it ends before, it is
//! started again ([`ClusterState`] says so).
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
pub mod folder;
mod initdb;
mod launcher;
mod options;
mod orphan;
mod pid_file;
mod postmaster;
mod run_as;
mod socket_dir;
mod supervisor;
mod system_user;
#[cfg(feature = "testing")]
pub mod testing;
mod user_wrapper;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use data_dir::hand_over;
pub use error::ClusterError;
pub use options::{ClusterOptions, Durability};
pub use supervisor::ClusterState;
pub use system_user::SystemUser;

use self::binaries::{Binaries, SearchPath};
use self::data_dir::DataDir;
use self::launcher::Launcher;
use self::run_as::RunAs;
use self::socket_dir::SocketDir;
use self::supervisor::SharedPostmaster;

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
/// While it exists, a task starts Postgres again when it ends unexpectedly, with increasing delays up
/// to 10 s and without a limit on the attempts.
///
/// [`Cluster::stop`] stops the server and waits for it. When a cluster is dropped instead, the
/// server is told to stop, and the next start waits until it has.
#[derive(Debug)]
pub struct Cluster {
    postmaster: SharedPostmaster,
    state: watch::Receiver<ClusterState>,
    socket: SocketDir,
    user: String,
    /// Holds the lock of the data directory.
    launcher: Arc<Launcher>,
    supervisor: JoinHandle<()>,
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
        let Prepared { data_dir, is_new, binaries, run_as } = Prepared::new(options)?;
        orphan::stop_orphan(&data_dir).await?;
        if is_new {
            initdb::run(&binaries, &data_dir, &run_as, options).await?;
        }
        let launcher =
            Launcher { binaries, run_as, settings: command_line_settings(options), data_dir };
        let postmaster = SharedPostmaster::new(launcher.launch().await?);
        let socket = launcher.socket_dir()?;
        tracing::info!(
            postgres = launcher.binaries.major(),
            directory = %launcher.data_dir.path().display(),
            "the private Postgres is running"
        );
        let launcher = Arc::new(launcher);
        let (state_sender, state) = watch::channel(ClusterState::Running);
        let supervisor =
            tokio::spawn(supervisor::supervise(postmaster.clone(), launcher.clone(), state_sender));
        let user = options.superuser.clone();
        Ok(Self { postmaster, state, socket, user, launcher, supervisor })
    }

    /// Checks what [`Self::start`] depends on, without starting anything: the programs, and the data
    /// directory, which is created if it is missing. Returns the major version that would run.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub fn check(options: &ClusterOptions) -> Result<u32, ClusterError> {
        Ok(Prepared::new(options)?.binaries.major())
    }

    /// Returns how to connect to the cluster.
    #[must_use]
    pub fn connection_info(&self) -> ConnectionInfo {
        ConnectionInfo {
            socket_dir: self.socket.path().to_owned(),
            port: PORT,
            user: self.user.clone(),
        }
    }

    /// Whether Postgres runs, now and in future.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<ClusterState> {
        self.state.clone()
    }

    /// Stops Postgres and waits until it has written everything (a fast shutdown: it ends the
    /// sessions of all clients). After 15 s it is stopped without a checkpoint (an immediate
    /// shutdown), which loses no committed data: the next start recovers.
    ///
    /// # Errors
    /// [`ClusterError::StopTimeout`] when it doesn't end after another 15 s either.
    pub async fn stop(mut self) -> Result<(), ClusterError> {
        match self.postmaster.close() {
            Some(postmaster) => postmaster.stop().await?,
            None => {
                // It was being started again. The start is abandoned, and its process waited for.
                self.supervisor.abort();
                let _ = (&mut self.supervisor).await;
                orphan::stop_orphan(&self.launcher.data_dir).await?;
            }
        }
        self.socket.remove();
        Ok(())
    }
}

/// Requests a fast shutdown without waiting for it, and releases the directory for the next start.
impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.postmaster.close());
        // The task is dropped a moment later, and with it the other owner of the lock.
        self.supervisor.abort();
        self.launcher.data_dir.unlock();
    }
}

/// The checked inputs of a start.
struct Prepared {
    data_dir: DataDir,
    /// Whether the directory has no data yet.
    is_new: bool,
    binaries: Binaries,
    run_as: RunAs,
}

impl Prepared {
    fn new(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let data_dir = DataDir::lock(&options.data_dir)?;
        let written_by = data_dir.major_version()?;
        let search = SearchPath::new(options.bin_dir.as_deref(), options.oldest_major);
        let binaries = match written_by {
            Some(major) => search.find_major(major, data_dir.path())?,
            None => search.find_newest()?,
        };
        let run_as = RunAs::for_data(data_dir.path())?;
        run_as.check_access(data_dir.path())?;
        Ok(Self { data_dir, is_new: written_by.is_none(), binaries, run_as })
    }
}

/// Returns the settings of one start, in ascending precedence. They are passed on the command line and
/// not written to a file, so that a newer program's settings apply to an older data directory as well.
/// The crate's own come last: where the server listens isn't left to the caller.
fn command_line_settings(options: &ClusterOptions) -> Vec<(String, String)> {
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
        .collect()
}
