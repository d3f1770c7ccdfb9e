//! The data directory and its lock.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use tracing::warn;

use super::folder::{self, FolderError};
use super::system_user::SystemUser;
use super::{ClusterError, initdb};

/// The files and folders that are made in the data directory.
const NAMES: [&str; 5] = ["lock", "postgres", "run", "postgres.log", "passwd"];

/// A data directory that is locked until this is dropped or the process ends.
#[derive(Debug)]
pub(super) struct DataDir {
    path: PathBuf,
    /// The system releases the lock when the process ends, also after `kill -9`.
    lock: File,
}

impl DataDir {
    /// Creates the directory if it is missing, checks who owns it, and locks it.
    pub(super) fn lock(path: &Path) -> Result<Self, ClusterError> {
        let unusable = |source| ClusterError::DataDir { data_dir: path.to_owned(), source };
        folder::check(path, &NAMES).map_err(|error| unusable(io::Error::other(error)))?;
        // Other users may pass through but not list it, since Postgres may have to run as another
        // user. Everything inside is closed to them.
        DirBuilder::new().recursive(true).mode(0o711).create(path).map_err(unusable)?;
        let path = path.canonicalize().map_err(unusable)?;
        let lock = lock_file(&path)?;
        Ok(Self { path, lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns Postgres' own data directory.
    pub(super) fn pgdata(&self) -> PathBuf {
        self.path.join("postgres")
    }

    /// Returns the server's log since its last start.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    /// Returns the last lines of the log, indented.
    pub(super) fn log_tail(&self) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        last_lines(&String::from_utf8_lossy(&text))
    }

    /// Returns the major version of Postgres that wrote the data; none when there is no data yet.
    pub(super) fn major_version(&self) -> Result<Option<u32>, ClusterError> {
        match fs::read_to_string(self.pgdata().join("PG_VERSION")) {
            Ok(text) => match text.trim().parse() {
                Ok(major) => Ok(Some(major)),
                Err(_) => Err(self
                    .unusable(io::Error::other(format!("its PG_VERSION says {:?}", text.trim())))),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unusable(error)),
        }
    }

    /// Releases the lock before the directory is dropped.
    pub(super) fn unlock(&self) {
        if let Err(error) = self.lock.unlock() {
            warn!(%error, "couldn't unlock the data directory; closing the file unlocks it");
        }
    }

    /// Returns the error for a directory that can't be read or written.
    pub(super) fn unusable(&self, source: io::Error) -> ClusterError {
        ClusterError::DataDir { data_dir: self.path.clone(), source }
    }
}

/// As root, creates the data directory for the user, or gives one to them that was made by root. Postgres and the
/// program can then both run as that user. `is_known` tells of further files of the program in the directory.
///
/// # Errors
/// See [`FolderError`].
pub fn hand_over(
    data_dir: &Path,
    user: &SystemUser,
    is_known: &dyn Fn(&Path) -> bool,
) -> Result<(), FolderError> {
    folder::hand_over(data_dir, user, &|path| {
        let name = path.to_string_lossy();
        NAMES.contains(&&*name) || initdb::is_unfinished(&name) || is_known(path)
    })
}

/// Returns the options with which files are opened: not where a symbolic link leads.
pub(super) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    options
}

/// Returns the last lines of a program's output, indented.
pub(super) fn last_lines(text: &str) -> String {
    const SHOWN: usize = 5;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(SHOWN)..];
    last.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

impl Drop for DataDir {
    /// Unlocks the file. Closing it isn't enough: a child process that is being started at this moment
    /// has inherited it until it calls `exec`, and would keep the lock that long.
    fn drop(&mut self) {
        self.unlock();
    }
}

/// Locks the directory's lock file and writes our process id into it, for the error message of a
/// process that finds it locked.
fn lock_file(data_dir: &Path) -> Result<File, ClusterError> {
    let unusable = |source| ClusterError::DataDir { data_dir: data_dir.to_owned(), source };
    let mut file = options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(data_dir.join("lock"))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(unusable)?;
            let pid = holder.trim().parse().ok();
            return Err(ClusterError::InUse { data_dir: data_dir.to_owned(), pid });
        }
        Err(TryLockError::Error(source)) => return Err(unusable(source)),
    }
    let mut write_pid = || {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{}", std::process::id())
    };
    write_pid().map_err(unusable)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_lock_fails_and_names_the_process_that_holds_the_first() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let data_dir = DataDir::lock(&path).unwrap();

        let message = DataDir::lock(&path).unwrap_err().to_string();
        let holder = format!("in use by another process ({})", std::process::id());
        assert!(message.contains(&holder), "{message}");

        drop(data_dir);
        DataDir::lock(&path).unwrap();
    }

    #[test]
    fn directory_that_cannot_be_created_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        let message = DataDir::lock(&file.join("data")).unwrap_err().to_string();
        let start = format!("the data directory {} can't be used (", file.join("data").display());
        assert!(message.starts_with(&start), "{message}");
        assert!(message.ends_with("choose another data directory"), "{message}");
    }

    #[test]
    fn only_the_end_of_a_long_log_is_shown() {
        let log: String = (1..=9).map(|line| format!("line {line}\n\n")).collect();
        assert_eq!(last_lines(&log), "  line 5\n  line 6\n  line 7\n  line 8\n  line 9");
        assert_eq!(last_lines(""), "");
    }
}
