//! Where Postgres' socket is. Its path has to be short: `sun_path` (unix(7)).

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::run_as::RunAs;
use super::{ClusterError, PORT};

/// The longest path of a socket in bytes: 107 on Linux, 103 on the BSDs and macOS.
const LONGEST_PATH: usize = 103;

/// The folder of the socket; only Postgres' user and root can enter it.
#[derive(Debug)]
pub(super) struct SocketFolder(PathBuf);

impl SocketFolder {
    /// `run/` in the data folder, or where that path is too long, one below the temporary folder.
    ///
    /// To be called while no Postgres runs on the data: what a killed one left is removed.
    pub(super) fn prepare(data_folder: &Path, run_as: &RunAs) -> Result<Self, ClusterError> {
        Self::prepare_in(data_folder, &std::env::temp_dir(), run_as)
    }

    fn prepare_in(
        data_folder: &Path,
        temporary: &Path,
        run_as: &RunAs,
    ) -> Result<Self, ClusterError> {
        let inside = data_folder.join("run");
        if fits(&inside) {
            make_ready(&inside, run_as)
                .map_err(|problem| ClusterError::Folder { folder: inside.clone(), problem })?;
            return Ok(Self(inside));
        }
        let digest = Sha256::digest(data_folder.as_os_str().as_bytes());
        let outside = temporary.join(format!("tributary-{}", hex::encode(&digest[..6])));
        let no_place = |problem| ClusterError::Socket { most: LONGEST_PATH, problem };
        if !fits(&outside) {
            return Err(no_place(format!("{} is too long as well", outside.display())));
        }
        make_ready(&outside, run_as)
            .map_err(|problem| no_place(format!("{}: {problem}", outside.display())))?;
        Ok(Self(outside))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// As Postgres' setting `unix_socket_directories`, a list in which commas separate.
    pub(super) fn setting(&self) -> String {
        format!("\"{}\"", self.0.display().to_string().replace('"', "\"\""))
    }

    /// Removes the folder, once Postgres has removed its socket from it.
    pub(super) fn remove(self) {
        if let Err(error) = fs::remove_dir(&self.0) {
            tracing::debug!(%error, folder = %self.0.display(), "the socket's folder stays");
        }
    }
}

fn fits(folder: &Path) -> bool {
    folder.join(socket_file()).as_os_str().len() <= LONGEST_PATH
}

fn socket_file() -> String {
    format!(".s.PGSQL.{PORT}")
}

fn make_ready(folder: &Path, run_as: &RunAs) -> io::Result<()> {
    make_private(folder, run_as)?;
    // Postgres takes the lock of a dead one for a live one's when its process id is in use again.
    for left in [socket_file() + ".lock", socket_file()] {
        match fs::remove_file(folder.join(left)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Creates the folder, or takes it over if it is a true folder of the right owner: in a folder that
/// everybody may write, somebody else could have put it there.
fn make_private(folder: &Path, run_as: &RunAs) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(folder)?;
            if !found.is_dir() || !(run_as.owns(&found) || RunAs::Ourselves.owns(&found)) {
                return Err(io::Error::other("it belongs to somebody else"));
            }
            fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        }
        created => created?,
    }
    run_as.own(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_with_a_long_path_has_its_socket_elsewhere() {
        let temporary = tempfile::tempdir().unwrap();
        let long = temporary.path().join("l".repeat(100));
        let socket = SocketFolder::prepare_in(&long, temporary.path(), &RunAs::Ourselves).unwrap();
        assert!(socket.path().starts_with(temporary.path()) && fits(socket.path()));

        let again = SocketFolder::prepare_in(&long, temporary.path(), &RunAs::Ourselves).unwrap();
        assert_eq!(again.path(), socket.path());
        socket.remove();
        assert!(!again.path().exists());
    }

    #[test]
    fn where_no_path_is_short_enough_the_sentence_says_so() {
        let long = Path::new("/").join("l".repeat(100));
        let error = SocketFolder::prepare_in(&long, &long, &RunAs::Ourselves).unwrap_err();
        assert!(error.to_string().contains("with a shorter path with DATA_DIR"), "{error}");
    }

    #[test]
    fn a_link_that_somebody_put_in_the_way_is_not_followed() {
        let temporary = tempfile::tempdir().unwrap();
        let target = temporary.path().join("target");
        fs::create_dir(&target).unwrap();
        let link = temporary.path().join("run");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(make_private(&link, &RunAs::Ourselves).is_err());
    }

    #[test]
    fn a_path_with_commas_and_quotes_is_one_folder() {
        let socket = SocketFolder(PathBuf::from("/a,b/\"c\""));
        assert_eq!(socket.setting(), "\"/a,b/\"\"c\"\"\"");
    }
}
