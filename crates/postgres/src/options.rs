//! The settings of a cluster.

use std::path::PathBuf;

/// The oldest major version whose `postmaster.pid` says whether the server is ready.
const OLDEST_MAJOR: u32 = 10;

/// How a cluster is set up and started.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// The data directory; created when it doesn't exist. See the crate's page for its contents.
    pub data_dir: PathBuf,
    /// The directory with `initdb` and `postgres`. None: the `PATH`, then the directories in which
    /// Debian, Fedora, Homebrew and a build from source install them.
    pub bin_dir: Option<PathBuf>,
    /// The oldest major version that is used, 10 or newer.
    pub oldest_major: u32,
    /// The name of the superuser's role. It is created with the data: another name later doesn't
    /// rename it.
    pub superuser: String,
    /// Whether committed data must survive a crash of the machine.
    pub durability: Durability,
    /// Settings of the server, as in `postgresql.conf`; of two with one name the later one wins.
    /// Those that say where the server listens and logs can't be changed.
    pub settings: Vec<(String, String)>,
}

impl ClusterOptions {
    /// Creates the settings of a durable cluster in that directory, with installed programs of any
    /// version, the superuser `postgres` and Postgres' default settings.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            bin_dir: None,
            oldest_major: OLDEST_MAJOR,
            superuser: "postgres".to_owned(),
            durability: Durability::Full,
            settings: Vec::new(),
        }
    }

    /// Adds settings to those that are there.
    #[must_use]
    pub fn with_settings<'a>(
        mut self,
        settings: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let owned = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.settings.extend(owned);
        self
    }
}

/// Whether committed data must survive a crash of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It must: every commit is flushed to the disk.
    Full,
    /// It needn't, as in tests: nothing is flushed, which is several times faster. A crash of
    /// Postgres alone still loses nothing.
    None,
}
