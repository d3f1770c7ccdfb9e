//! Finds Postgres' programs. Debian installs each version into a directory of its own that isn't
//! on the `PATH`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ClusterError;

/// The programs of one installed version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    bin_dir: PathBuf,
    major: u32,
}

impl Binaries {
    /// Returns the programs in that directory; none when one is missing or doesn't run.
    fn in_dir(bin_dir: &Path) -> Option<Self> {
        if !bin_dir.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(bin_dir.join("postgres")).arg("--version").output().ok()?;
        let major = parse_major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { bin_dir: bin_dir.to_owned(), major })
    }

    pub(super) const fn major(&self) -> u32 {
        self.major
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }
}

/// Reads 15 from `postgres (PostgreSQL) 15.14 (Debian …)`, and 18 from `… 18beta1`.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL)")?.1.trim_start();
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

/// The directories to search for programs, and the versions that count.
#[derive(Clone, Debug)]
pub(super) struct SearchPath {
    directories: Directories,
    oldest_major: u32,
}

#[derive(Clone, Debug)]
enum Directories {
    /// Only the one that the caller named.
    Named(PathBuf),
    /// These, in order of preference.
    Usual(Vec<PathBuf>),
}

impl SearchPath {
    /// Returns the named directory, else the `PATH` and then the directories that packages install to.
    pub(super) fn new(bin_dir: Option<&Path>, oldest_major: u32) -> Self {
        let directories = match bin_dir {
            Some(named) => Directories::Named(named.to_owned()),
            None => Directories::Usual(usual_directories()),
        };
        Self { directories, oldest_major }
    }

    /// Returns the programs for new data: the first ones found. Of several installed packages that is
    /// the newest, since the directories of packages are sorted by version.
    pub(super) fn find_newest(&self) -> Result<Binaries, ClusterError> {
        self.installed().next().ok_or_else(|| self.not_found())
    }

    /// Returns the programs for existing data: Postgres only reads data of its own major version.
    pub(super) fn find_major(&self, major: u32, data_dir: &Path) -> Result<Binaries, ClusterError> {
        let mut installed = Vec::new();
        for binaries in self.installed() {
            if binaries.major == major {
                return Ok(binaries);
            }
            if !installed.contains(&binaries.major) {
                installed.push(binaries.major);
            }
        }
        if installed.is_empty() {
            return Err(self.not_found());
        }
        Err(ClusterError::MajorMismatch { data_dir: data_dir.to_owned(), wrote: major, installed })
    }

    fn installed(&self) -> impl Iterator<Item = Binaries> {
        let directories = match &self.directories {
            Directories::Named(named) => std::slice::from_ref(named),
            Directories::Usual(directories) => directories,
        };
        directories
            .iter()
            .filter_map(|directory| Binaries::in_dir(directory))
            .filter(|binaries| binaries.major >= self.oldest_major)
    }

    fn not_found(&self) -> ClusterError {
        let oldest = self.oldest_major;
        match &self.directories {
            Directories::Named(named) => {
                ClusterError::InvalidBinDir { bin_dir: named.clone(), oldest }
            }
            Directories::Usual(_) => ClusterError::NoBinaries { oldest },
        }
    }
}

fn usual_directories() -> Vec<PathBuf> {
    let on_path = env::var_os("PATH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = env::split_paths(&on_path).collect();
    // Debian, then Fedora and the packages of postgresql.org, then Homebrew, then a source build.
    directories.extend(versions_below("/usr/lib/postgresql", ""));
    directories.extend(versions_below("/usr", "pgsql-"));
    for homebrew in ["/opt/homebrew/opt", "/usr/local/opt"] {
        directories.extend(versions_below(homebrew, "postgresql@"));
    }
    directories.extend(["/usr/local/pgsql/bin", "/usr/local/bin"].map(PathBuf::from));
    directories
}

/// Returns the directories `<parent>/<prefix><number>/bin`, the highest number first.
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
    versions.into_iter().map(|(_, bin_dir)| bin_dir)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Makes a directory with fake programs that print that version.
    fn install_fake(parent: &Path, version: &str) -> PathBuf {
        let bin_dir = parent.join(version);
        fs::create_dir(&bin_dir).unwrap();
        fs::write(bin_dir.join("initdb"), "").unwrap();
        let postgres = bin_dir.join("postgres");
        fs::write(&postgres, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n"))
            .unwrap();
        fs::set_permissions(&postgres, fs::Permissions::from_mode(0o755)).unwrap();
        bin_dir
    }

    fn search(directories: Vec<PathBuf>) -> SearchPath {
        SearchPath { directories: Directories::Usual(directories), oldest_major: 14 }
    }

    #[test]
    fn major_version_is_parsed_from_the_output_of_postgres() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(parse_major("some other program 1.0"), None);
    }

    #[test]
    fn existing_data_gets_its_own_version_even_if_a_newer_one_comes_first() {
        let parent = tempfile::tempdir().unwrap();
        let installed = ["17.2", "15.14"].map(|version| install_fake(parent.path(), version));
        let search = search(installed.to_vec());
        assert_eq!(search.find_newest().unwrap().major(), 17);
        assert_eq!(search.find_major(15, Path::new("/data")).unwrap().major(), 15);

        let message = search.find_major(16, Path::new("/data")).unwrap_err().to_string();
        assert!(
            message.contains("written by Postgres 16, but only 17, 15 is installed"),
            "{message}"
        );
    }

    #[test]
    fn version_that_is_too_old_is_ignored() {
        let parent = tempfile::tempdir().unwrap();
        let search = search(vec![install_fake(parent.path(), "13.9"), "/nonexistent".into()]);
        let error = search.find_newest().unwrap_err();
        assert!(matches!(error, ClusterError::NoBinaries { oldest: 14 }), "{error}");
    }
}
