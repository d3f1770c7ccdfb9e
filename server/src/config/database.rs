//! The settings of the database.

use std::path::{Path, PathBuf};

use clap::Args;
use db::{Endpoint, InvalidEndpoint, Redactor};

use super::SecretUrl;

/// The setting that names a Postgres server.
const URL: &str = "DATABASE_URL";

/// The setting that names it for the owner of the tables.
const OWNER_URL: &str = "DATABASE_OWNER_URL";

/// The database to use.
#[derive(Clone, Debug, Args)]
pub struct DatabaseConfig {
    /// Postgres server to use, such as `postgres://user:password@host:5432/database`. Without it,
    /// the server runs a private Postgres. Connections to other machines are encrypted unless
    /// `?sslmode=disable` is added; `?sslmode=verify-full` and `sslrootcert=FILE` verify the server.
    #[arg(long = "database-url", env = URL, hide_env_values = true)]
    pub url: Option<SecretUrl>,

    /// The same database with the role that owns the tables, for migrations. The role of `DATABASE_URL` then needs to
    /// own nothing. Without it, that role applies the migrations too.
    #[arg(long = "database-owner-url", env = OWNER_URL, hide_env_values = true, requires = "url")]
    pub owner_url: Option<SecretUrl>,

    /// Folder for the data of the private Postgres.
    #[arg(long, env, default_value_os_t = default_data_dir())]
    pub data_dir: PathBuf,

    /// Folder with the Postgres programs (initdb, postgres), if they aren't in a usual place.
    #[arg(long, env)]
    pub pg_bin: Option<PathBuf>,
}

impl DatabaseConfig {
    /// Returns the configured Postgres server; none if there is a private one.
    ///
    /// # Errors
    /// When the URL is invalid.
    pub fn endpoint(&self) -> Result<Option<Endpoint>, InvalidEndpoint> {
        self.url.as_ref().map(|url| Endpoint::parse(URL, url.reveal())).transpose()
    }

    /// Returns the same for the owner of the tables; none if there is no such setting.
    ///
    /// # Errors
    /// When the URL is invalid.
    pub fn owner_endpoint(&self) -> Result<Option<Endpoint>, InvalidEndpoint> {
        self.owner_url.as_ref().map(|url| Endpoint::parse(OWNER_URL, url.reveal())).transpose()
    }

    /// Removes the URLs and their parts from texts.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        let endpoints = [self.endpoint(), self.owner_endpoint()];
        let parts = endpoints
            .into_iter()
            .filter_map(|endpoint| endpoint.ok().flatten())
            .fold(Redactor::default(), |parts, endpoint| parts.and(endpoint.redactor()));
        let urls = self.url.iter().chain(&self.owner_url);
        urls.fold(parts, |parts, url| parts.and_word(url.reveal()))
    }
}

/// `$XDG_DATA_HOME/tributary`, by default `~/.local/share/tributary`. For root `/var/lib/tributary`:
/// Postgres runs as another user, who can't enter root's home.
fn default_data_dir() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/tributary");
    }
    let absolute =
        |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_else(|| Path::new("/var/lib").to_owned())
        .join("tributary")
}
