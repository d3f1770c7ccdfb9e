//! A folder for one cluster, that leaves neither files nor processes behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::config::DatabaseConfig;
use crate::db::ClusterOptions;
use crate::db::cluster::Durability;

/// Waits for the end of its input, then stops the Postgres of the sandbox and removes the sandbox.
const WARDEN: &str = r#"
read -r _
file="$1/data/postgres/postmaster.pid"
if [ -f "$file" ]; then
    pid=$(head -n 1 "$file")
    kill -QUIT "$pid" 2>/dev/null
    tries=0
    while [ -f "$file" ] && kill -0 "$pid" 2>/dev/null && [ $tries -lt 200 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
fi
# An `initdb` that is still at work may add files meanwhile.
tries=0
until rm -rf "$1" 2>/dev/null || [ $tries -ge 100 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
"#;

/// A folder that a private cluster can have its data in, as root too.
///
/// The test process holds the warden's input. The system closes it when the process ends, however
/// it ends; so even after `kill -9` nothing stays.
pub(crate) struct Sandbox {
    folder: PathBuf,
    warden: Child,
    lifeline: Option<ChildStdin>,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("tributary-test-").unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).unwrap();
        let mut warden = Command::new("sh")
            .args(["-c", WARDEN, "warden"])
            .arg(&folder)
            // Ctrl-C in the terminal ends the tests, not the clean-up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lifeline = warden.stdin.take();
        Self { folder, warden, lifeline }
    }

    /// Where the cluster's data goes; not created yet.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A database on a private cluster in the sandbox.
    pub(crate) fn config(&self) -> DatabaseConfig {
        let pg_bin = std::env::var_os("PG_BIN").map(PathBuf::from);
        DatabaseConfig { url: None, data_dir: self.data_dir(), pg_bin }
    }

    /// A private cluster in the sandbox, which is fast since nobody needs its data.
    pub(crate) fn options(&self) -> ClusterOptions {
        ClusterOptions { durability: Durability::None, ..ClusterOptions::from(&self.config()) }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // Best effort: a failure here mustn't hide the failure of the test.
        let _ = self.warden.wait();
    }
}
