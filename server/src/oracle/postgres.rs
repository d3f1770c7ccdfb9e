//! A Postgres that can be killed.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::PgPool;

use db::Endpoint;
use private_postgres::{Cluster, ClusterOptions};
use testing::{Sandbox, cluster_options};

const DATABASE: &str = "oracle";

/// How long it may take to start again.
const PATIENCE: Duration = Duration::from_secs(20);

/// A cluster of its own, so that nobody else minds when it dies.
pub(super) struct Postgres {
    // Dropped in this order: the cluster before its folder.
    cluster: Option<Cluster>,
    pub(super) pool: PgPool,
    pub(super) endpoint: Endpoint,
    sandbox: Sandbox,
}

impl Postgres {
    pub(super) async fn start() -> Self {
        let sandbox = Sandbox::new();
        let cluster = Cluster::start(&options(&sandbox)).await.unwrap();
        let endpoint = testing::endpoint(&cluster, DATABASE);
        endpoint.create_database().await.unwrap();
        let pool = db::pool(&endpoint, 10);
        db::migrations::run(&pool).await.unwrap();
        Self { cluster: Some(cluster), pool, endpoint, sandbox }
    }

    pub(super) fn slot(&self) -> String {
        format!("tributary_{DATABASE}")
    }

    /// Kills all its processes without a warning, and starts it again.
    pub(super) async fn crash(&mut self) {
        let pid_file = self.sandbox.data_dir().join("postgres/postmaster.pid");
        let content = fs::read_to_string(pid_file).unwrap();
        let postmaster: i32 = content.lines().next().unwrap().trim().parse().unwrap();
        // Found before their parent is gone.
        let backends = children(postmaster);
        for pid in [postmaster].into_iter().chain(backends) {
            // One may have ended meanwhile.
            let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
        }
        // Lets go of the folder's lock.
        drop(self.cluster.take());
        let deadline = Instant::now() + PATIENCE;
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

/// The processes that this one started and that still run.
fn children(parent: i32) -> Vec<i32> {
    let folders = fs::read_dir("/proc").unwrap().flatten();
    let pids = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // After the name in brackets: the state, the parent.
        let of = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        of == Some(parent)
    })
    .collect()
}

fn options(sandbox: &Sandbox) -> ClusterOptions {
    cluster_options(sandbox).with_settings([("max_connections", "200")])
}
