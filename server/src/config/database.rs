//! The settings of the database.

use std::path::{Path, PathBuf};

use clap::Args;

use super::SecretUrl;

/// Which database to use.
#[derive(Clone, Debug, Args)]
pub struct DatabaseConfig {
    /// Postgres server to use, such as `postgres://user:password@host:5432/database`. Without it,
    /// the server runs a private Postgres.
    #[arg(long = "database-url", env = "DATABASE_URL", hide_env_values = true)]
    pub url: Option<SecretUrl>,

    /// Folder for the data of the private Postgres.
    #[arg(long, env, default_value_os_t = default_data_dir())]
    pub data_dir: PathBuf,

    /// Folder with the Postgres programs (initdb, postgres), if they aren't in a usual place.
    #[arg(long, env)]
    pub pg_bin: Option<PathBuf>,
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
