//! Finding Postgres' programs. Debian keeps them off the `PATH`, one folder a version.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ClusterError;
use crate::db::requirements::OLDEST_MAJOR;

/// The programs of one installed version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// The programs in that folder; none when they aren't there or don't run.
    fn in_folder(folder: &Path) -> Option<Self> {
        if !folder.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let major = parse_major(&String::from_utf8_lossy(&output.stdout))?;
        (major >= OLDEST_MAJOR).then(|| Self { folder: folder.to_owned(), major })
    }

    pub(super) const fn major(&self) -> u32 {
        self.major
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// `postgres (PostgreSQL) 15.14 (Debian …)` or `… 18beta1` gives 15 or 18.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL)")?.1.trim_start();
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

/// Where to look.
#[derive(Clone, Debug)]
pub(super) enum Search {
    /// Only where the person said.
    Named(PathBuf),
    /// In these folders, the best first.
    Places(Vec<PathBuf>),
}

impl Search {
    /// Where `pg_bin` says, else the `PATH`, then where packages put Postgres.
    pub(super) fn system(pg_bin: Option<&Path>) -> Self {
        if let Some(folder) = pg_bin {
            return Self::Named(folder.to_owned());
        }
        let on_path = env::var_os("PATH").unwrap_or_default();
        let mut places: Vec<PathBuf> = env::split_paths(&on_path).collect();
        places.extend(versions_below("/usr/lib/postgresql", ""));
        places.extend(versions_below("/usr", "pgsql-"));
        for homebrew in ["/opt/homebrew/opt", "/usr/local/opt"] {
            places.extend(versions_below(homebrew, "postgresql@"));
        }
        places.extend(["/usr/local/pgsql/bin", "/usr/local/bin"].map(PathBuf::from));
        Self::Places(places)
    }

    /// For new data: the first that is found, which of several packages is the newest.
    pub(super) fn newest(&self) -> Result<Binaries, ClusterError> {
        self.found().next().ok_or_else(|| self.nothing())
    }

    /// For data that exists: only the version that wrote it reads it.
    pub(super) fn of_major(&self, major: u32, data: &Path) -> Result<Binaries, ClusterError> {
        let mut found = Vec::new();
        for binaries in self.found() {
            if binaries.major == major {
                return Ok(binaries);
            }
            if !found.contains(&binaries.major) {
                found.push(binaries.major);
            }
        }
        if found.is_empty() {
            return Err(self.nothing());
        }
        Err(ClusterError::OtherMajor { folder: data.to_owned(), wrote: major, found })
    }

    fn found(&self) -> impl Iterator<Item = Binaries> {
        let places = match self {
            Self::Named(folder) => std::slice::from_ref(folder),
            Self::Places(folders) => folders,
        };
        places.iter().filter_map(|folder| Binaries::in_folder(folder))
    }

    fn nothing(&self) -> ClusterError {
        match self {
            Self::Named(folder) => ClusterError::NamedBinaries(folder.clone()),
            Self::Places(_) => ClusterError::NoBinaries,
        }
    }
}

/// The folders `<parent>/<prefix><number>/bin`, the highest number first.
fn versions_below(parent: &str, prefix: &str) -> impl Iterator<Item = PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, folder)| folder)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A folder with programs that say they are of that version.
    fn pretend(parent: &Path, version: &str) -> PathBuf {
        let folder = parent.join(version);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("initdb"), "").unwrap();
        let postgres = folder.join("postgres");
        fs::write(&postgres, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n"))
            .unwrap();
        fs::set_permissions(&postgres, fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(parse_major("some other program 1.0"), None);
    }

    #[test]
    fn existing_data_gets_its_own_version_even_if_a_newer_one_comes_first() {
        let parent = tempfile::tempdir().unwrap();
        let places = ["17.2", "15.14"].map(|version| pretend(parent.path(), version));
        let search = Search::Places(places.to_vec());
        assert_eq!(search.newest().unwrap().major(), 17);
        assert_eq!(search.of_major(15, Path::new("/data")).unwrap().major(), 15);

        let sentence = search.of_major(16, Path::new("/data")).unwrap_err().to_string();
        assert!(
            sentence.contains("written by Postgres 16, but only 17, 15 is installed"),
            "{sentence}"
        );
    }

    #[test]
    fn a_version_that_is_too_old_counts_as_none() {
        let parent = tempfile::tempdir().unwrap();
        let search = Search::Places(vec![pretend(parent.path(), "13.9"), "/nonexistent".into()]);
        let error = search.newest().unwrap_err();
        assert!(matches!(error, ClusterError::NoBinaries), "{error}");
    }
}
