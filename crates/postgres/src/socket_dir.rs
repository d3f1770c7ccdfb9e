//! The directory of Postgres' socket, whose path is limited by `sun_path` (unix(7)).

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::run_as::RunAs;
use super::{ClusterError, PORT};

/// The longest path of a socket in bytes: 107 on Linux, 103 on macOS and the BSDs.
const MAX_SOCKET_PATH: usize = 103;

/// The socket's directory. Only Postgres' user and root can enter it.
#[derive(Debug)]
pub(super) struct SocketDir(PathBuf);

impl SocketDir {
    /// Creates `run/` in the data directory, or one in the temporary directory when that path is too
    /// long.
    ///
    /// No Postgres may run on the data: the files that a killed one left are removed.
    pub(super) fn prepare(data_dir: &Path, run_as: &RunAs) -> Result<Self, ClusterError> {
        Self::prepare_in(data_dir, &temporary_directory(), run_as)
    }

    fn prepare_in(data_dir: &Path, temporary: &Path, run_as: &RunAs) -> Result<Self, ClusterError> {
        let socket = Self::locate_in(data_dir, temporary)?;
        make_ready(&socket.0, run_as).map_err(|source| {
            if socket.0.starts_with(data_dir) {
                ClusterError::DataDir { data_dir: socket.0.clone(), source }
            } else {
                no_path(format!("{}: {source}", socket.0.display()))
            }
        })?;
        Ok(socket)
    }

    /// Returns the directory that [`Self::prepare`] creates. It may be missing.
    pub(super) fn locate(data_dir: &Path) -> Result<Self, ClusterError> {
        Self::locate_in(data_dir, &temporary_directory())
    }

    fn locate_in(data_dir: &Path, temporary: &Path) -> Result<Self, ClusterError> {
        let inside = data_dir.join("run");
        if fits(&inside) {
            return Ok(Self(inside));
        }
        let digest = Sha256::digest(data_dir.as_os_str().as_bytes());
        let outside = temporary.join(format!("postgres-{}", hex::encode(&digest[..6])));
        if !fits(&outside) {
            return Err(no_path(format!("{} is too long as well", outside.display())));
        }
        Ok(Self(outside))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the value of Postgres' setting `unix_socket_directories`, a comma-separated list of
    /// identifiers.
    pub(super) fn setting(&self) -> String {
        format!("\"{}\"", self.0.display().to_string().replace('"', "\"\""))
    }

    /// Removes the directory. Postgres has removed its socket from it when it stopped.
    pub(super) fn remove(&self) {
        if let Err(error) = fs::remove_dir(&self.0) {
            tracing::debug!(%error, directory = %self.0.display(), "couldn't remove the socket's directory");
        }
    }
}

/// `TMPDIR`, unless it is empty or relative.
fn temporary_directory() -> PathBuf {
    Some(std::env::temp_dir())
        .filter(|directory| directory.is_absolute())
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

fn no_path(problem: String) -> ClusterError {
    ClusterError::SocketPath { limit: MAX_SOCKET_PATH, problem }
}

fn fits(directory: &Path) -> bool {
    directory.join(socket_file()).as_os_str().len() <= MAX_SOCKET_PATH
}

fn socket_file() -> String {
    format!(".s.PGSQL.{PORT}")
}

fn make_ready(directory: &Path, run_as: &RunAs) -> io::Result<()> {
    make_private(directory, run_as)?;
    // Postgres refuses to start when the process id in a stale lock file is in use again.
    for stale in [socket_file() + ".lock", socket_file()] {
        match fs::remove_file(directory.join(stale)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Creates the directory, or uses an existing one if it isn't a symbolic link and has the right
/// owner: in a temporary directory, another user could have created it.
fn make_private(directory: &Path, run_as: &RunAs) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(directory)?;
            if !found.is_dir() || !(run_as.owns(&found) || RunAs::CurrentUser.owns(&found)) {
                return Err(io::Error::other("it belongs to another user"));
            }
            fs::set_permissions(directory, Permissions::from_mode(0o700))?;
        }
        created => created?,
    }
    run_as.set_owner(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_directory_with_a_long_path_has_its_socket_in_the_temporary_directory() {
        let temporary = tempfile::tempdir().unwrap();
        let long = temporary.path().join("l".repeat(100));
        let socket = SocketDir::prepare_in(&long, temporary.path(), &RunAs::CurrentUser).unwrap();
        assert!(socket.path().starts_with(temporary.path()) && fits(socket.path()));

        let again = SocketDir::prepare_in(&long, temporary.path(), &RunAs::CurrentUser).unwrap();
        assert_eq!(again.path(), socket.path());
        socket.remove();
        assert!(!again.path().exists());
    }

    #[test]
    fn error_says_what_to_do_when_both_paths_are_too_long() {
        let long = Path::new("/").join("l".repeat(100));
        let error = SocketDir::prepare_in(&long, &long, &RunAs::CurrentUser).unwrap_err();
        assert!(error.to_string().contains("set TMPDIR to a short path"), "{error}");
    }

    #[test]
    fn symbolic_link_in_place_of_the_directory_is_refused() {
        let temporary = tempfile::tempdir().unwrap();
        let target = temporary.path().join("target");
        fs::create_dir(&target).unwrap();
        let link = temporary.path().join("run");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(make_private(&link, &RunAs::CurrentUser).is_err());
    }

    #[test]
    fn path_with_commas_and_quotes_is_one_list_element() {
        let socket = SocketDir(PathBuf::from("/a,b/\"c\""));
        assert_eq!(socket.setting(), "\"/a,b/\"\"c\"\"\"");
    }
}
