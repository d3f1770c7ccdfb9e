//! The folder with the data, and the lock that says whose it is.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tracing::warn;

use super::ClusterError;

/// A data folder that is ours until this is dropped, or our process ends.
#[derive(Debug)]
pub(super) struct DataFolder {
    path: PathBuf,
    /// The system lets go of the lock with the process, however that ends.
    lock: File,
}

impl DataFolder {
    /// Creates the folder if need be, and takes its lock.
    pub(super) fn claim(path: &Path) -> Result<Self, ClusterError> {
        let unusable = |problem| ClusterError::Folder { folder: path.to_owned(), problem };
        // Others may pass through, since Postgres may have to run as another user; what is inside
        // is closed to them.
        DirBuilder::new().recursive(true).mode(0o711).create(path).map_err(unusable)?;
        let path = path.canonicalize().map_err(unusable)?;
        let lock = lock(&path)?;
        Ok(Self { path, lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Postgres' own data.
    pub(super) fn postgres(&self) -> PathBuf {
        self.path.join("postgres")
    }

    /// What Postgres said since its last start.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    /// The last lines of the log.
    pub(super) fn log_tail(&self) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        last_lines(&String::from_utf8_lossy(&text))
    }

    /// The version of Postgres that wrote the data; none when there is no data yet.
    pub(super) fn major(&self) -> Result<Option<u32>, ClusterError> {
        match fs::read_to_string(self.postgres().join("PG_VERSION")) {
            Ok(text) => match text.trim().parse() {
                Ok(major) => Ok(Some(major)),
                Err(_) => Err(self
                    .unusable(io::Error::other(format!("its PG_VERSION says {:?}", text.trim())))),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unusable(error)),
        }
    }

    /// The folder can't be used, for that reason.
    pub(super) fn unusable(&self, problem: io::Error) -> ClusterError {
        ClusterError::Folder { folder: self.path.clone(), problem }
    }
}

/// The last lines of what a program said, indented.
pub(super) fn last_lines(text: &str) -> String {
    const SHOWN: usize = 5;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(SHOWN)..];
    last.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

impl Drop for DataFolder {
    /// Closing the file isn't enough: a program that is being started at this moment has it open as
    /// well until it runs, and the lock would be held for so long.
    fn drop(&mut self) {
        if let Err(error) = self.lock.unlock() {
            warn!(%error, "The data folder's lock is let go of a moment later");
        }
    }
}

/// Locks the folder's lock file and leaves our process' id in it, for those who come later.
fn lock(folder: &Path) -> Result<File, ClusterError> {
    let unusable = |problem| ClusterError::Folder { folder: folder.to_owned(), problem };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join("lock"))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(unusable)?;
            let pid = holder.trim().parse().ok();
            return Err(ClusterError::InUse { folder: folder.to_owned(), pid });
        }
        Err(TryLockError::Error(problem)) => return Err(unusable(problem)),
    }
    let mut note = || {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{}", std::process::id())
    };
    note().map_err(unusable)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_and_the_second_is_told_who() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let folder = DataFolder::claim(&path).unwrap();

        let sentence = DataFolder::claim(&path).unwrap_err().to_string();
        let holder = format!("in use by another Tributary (process {})", std::process::id());
        assert!(sentence.contains(&holder), "{sentence}");

        drop(folder);
        DataFolder::claim(&path).unwrap();
    }

    #[test]
    fn a_folder_that_can_not_be_written_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        let sentence = DataFolder::claim(&file.join("data")).unwrap_err().to_string();
        let start = format!("the data folder {} can't be used (", file.join("data").display());
        assert!(sentence.starts_with(&start), "{sentence}");
        assert!(sentence.ends_with("choose another with DATA_DIR"), "{sentence}");
    }

    #[test]
    fn only_the_end_of_a_long_log_is_shown() {
        let log: String = (1..=9).map(|line| format!("line {line}\n\n")).collect();
        assert_eq!(last_lines(&log), "  line 5\n  line 6\n  line 7\n  line 8\n  line 9");
        assert_eq!(last_lines(""), "");
    }
}
