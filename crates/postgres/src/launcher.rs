//! Everything that one start of Postgres needs, so that it can be repeated.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::binaries::Binaries;
use super::data_dir::DataDir;
use super::postmaster::Postmaster;
use super::run_as::RunAs;
use super::socket_dir::SocketDir;
use super::{ClusterError, orphan};

/// Starts Postgres on a data directory that is set up. Holds the directory's lock.
#[derive(Debug)]
pub(super) struct Launcher {
    pub(super) binaries: Binaries,
    pub(super) run_as: RunAs,
    /// The settings without those of the socket, in ascending precedence.
    pub(super) settings: Vec<(String, String)>,
    pub(super) data_dir: DataDir,
}

impl Launcher {
    /// Starts Postgres and waits until it accepts connections. Repeatable: the files that a killed
    /// Postgres left are removed first.
    pub(super) async fn launch(&self) -> Result<Postmaster, ClusterError> {
        orphan::stop_orphan(&self.data_dir).await?;
        close_to_others(&self.data_dir.pgdata());
        let socket = SocketDir::prepare(self.data_dir.path(), &self.run_as)?;
        let settings = [
            ("port".to_owned(), super::PORT.to_string()),
            ("unix_socket_directories".to_owned(), socket.setting()),
        ];
        let settings: Vec<_> = self.settings.iter().cloned().chain(settings).collect();
        Postmaster::start(&self.binaries, &self.data_dir, &self.run_as, &settings).await
    }

    /// Returns the directory of the socket.
    pub(super) fn socket_dir(&self) -> Result<SocketDir, ClusterError> {
        SocketDir::locate(self.data_dir.path())
    }

    /// Returns the last line of the server's log, for the report of its end.
    pub(super) fn last_log_line(&self) -> String {
        self.data_dir.log_tail().lines().last().unwrap_or_default().trim().to_owned()
    }
}

/// Removes the access of other users, which Postgres refuses to start with. Kubernetes opens a volume to
/// its `fsGroup` at each start of a pod.
fn close_to_others(pgdata: &Path) {
    let closed = fs::metadata(pgdata).and_then(|metadata| {
        if metadata.permissions().mode() & 0o7077 == 0 {
            return Ok(());
        }
        fs::set_permissions(pgdata, Permissions::from_mode(0o700))
    });
    // Postgres itself says what is wrong when the directory belongs to somebody else.
    if let Err(error) = closed {
        tracing::debug!(%error, "couldn't change the mode of Postgres' data");
    }
}
