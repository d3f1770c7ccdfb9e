//! Temporary clusters for tests.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::{ClusterOptions, Durability};

/// Waits for the end of its input, then stops the Postgres in the sandbox and removes the sandbox.
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
# An `initdb` that still runs may add files meanwhile.
tries=0
until rm -rf "$1" 2>/dev/null || [ $tries -ge 100 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
"#;

/// A temporary directory for one cluster. It also works for tests that run as root.
///
/// When it is dropped, or the test process ends in any way, a child process stops the sandbox's
/// Postgres and removes the directory. That process, the warden, waits for the end of its input,
/// which the system closes even after `kill -9`.
#[derive(Debug)]
pub struct Sandbox {
    directory: PathBuf,
    warden: Child,
    warden_input: Option<ChildStdin>,
}

impl Sandbox {
    /// Creates the directory and starts the warden.
    ///
    /// # Panics
    /// When either fails.
    #[expect(clippy::new_without_default, reason = "it creates a directory and a process")]
    #[must_use]
    pub fn new() -> Self {
        let directory = TempDir::with_prefix("postgres-test-")
            .expect("the temporary directory is writable")
            .keep();
        // Postgres runs as another user when the tests run as root.
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o711))
            .expect("the directory is ours");
        let mut warden = Command::new("sh")
            .args(["-c", WARDEN, "warden"])
            .arg(&directory)
            // Ctrl-C in a terminal ends the tests, and must not end the clean-up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`sh` runs");
        let warden_input = warden.stdin.take();
        Self { directory, warden, warden_input }
    }

    /// The cluster's data directory. It doesn't exist before the first start.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Options for a fast, not durable cluster in the sandbox, with the programs that the
    /// environment variable `PG_BIN` names, if it is set.
    #[must_use]
    pub fn options(&self) -> ClusterOptions {
        ClusterOptions {
            bin_dir: std::env::var_os("PG_BIN").map(PathBuf::from),
            durability: Durability::None,
            ..ClusterOptions::new(self.data_dir())
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.warden_input.take());
        // Best effort: a failure here must not hide the failure of the test.
        let _ = self.warden.wait();
    }
}
