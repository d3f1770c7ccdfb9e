//! A Postgres cluster that can be killed.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::PgPool;

use db::private_roles::{self, PrivateRoles};
use db::{Database, Endpoint};
use private_postgres::{Cluster, ClusterOptions};
use testing::{Sandbox, cluster_options};

const DATABASE: &str = "oracle";

/// How long a restart may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The processes that a fault kills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    AllProcesses,
    /// The others notice it, and end by themselves.
    Postmaster,
}

/// A cluster of the test's own, so that no other test depends on it.
pub(super) struct Postgres {
    // Dropped in this order: the cluster before its folder.
    cluster: Option<Cluster>,
    pub(super) pool: PgPool,
    /// As the superuser.
    pub(super) endpoint: Endpoint,
    /// As the role that the nodes work with.
    pub(super) runtime: Endpoint,
    sandbox: Sandbox,
}

impl Postgres {
    pub(super) async fn start() -> Self {
        let sandbox = Sandbox::new();
        let cluster = Cluster::start(&options(&sandbox)).await.unwrap();
        let endpoint = testing::endpoint(&cluster, DATABASE);
        endpoint.create_database().await.unwrap();
        let PrivateRoles { owner, runtime } = private_roles::set_up(&endpoint).await.unwrap();
        Database::open_with_owner(runtime.clone(), owner).await.unwrap().close().await;
        let pool = db::pool(&endpoint, 10);
        Self { cluster: Some(cluster), pool, endpoint, runtime, sandbox }
    }

    pub(super) fn slot(&self) -> String {
        format!("tributary_{DATABASE}")
    }

    /// Kills the cluster with `SIGKILL`, and starts it again.
    pub(super) async fn crash(&mut self, crash: Crash) {
        let pid_file = self.sandbox.data_dir().join("postgres/postmaster.pid");
        let content = fs::read_to_string(pid_file).unwrap();
        let postmaster: i32 = content.lines().next().unwrap().trim().parse().unwrap();
        // Listed before their parent is killed.
        let backends = match crash {
            Crash::AllProcesses => children(postmaster),
            Crash::Postmaster => Vec::new(),
        };
        for pid in [postmaster].into_iter().chain(backends) {
            // It may have ended meanwhile.
            let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
        }
        // Releases the lock of the data directory.
        drop(self.cluster.take());
        let deadline = Instant::now() + TIMEOUT;
        let cluster = loop {
            match Cluster::start(&options(&self.sandbox)).await {
                Ok(cluster) => break cluster,
                // A process that was just killed may still hold the shared memory.
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
        };
        assert_eq!(testing::endpoint(&cluster, DATABASE), self.endpoint);
        self.cluster = Some(cluster);
    }
}

/// The running child processes of a process.
fn children(parent: i32) -> Vec<i32> {
    let folders = fs::read_dir("/proc").unwrap().flatten();
    let pids = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The state and the parent follow the name in brackets.
        let ppid =
            stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        ppid == Some(parent)
    })
    .collect()
}

fn options(sandbox: &Sandbox) -> ClusterOptions {
    cluster_options(sandbox).with_settings([("max_connections", "200")])
}
