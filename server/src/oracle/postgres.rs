//! A Postgres that can be killed.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::PgPool;

use crate::db::{self, Cluster, Endpoint};
use crate::testing::Sandbox;

const DATABASE: &str = "oracle";

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
        cluster.create_database(DATABASE).await.unwrap();
        let endpoint = cluster.endpoint(DATABASE);
        let pool = db::pool(&endpoint, 10);
        db::migrations::run(&pool).await.unwrap();
        Self { cluster: Some(cluster), pool, endpoint, sandbox }
    }

    pub(super) fn slot(&self) -> String {
        format!("tributary_{DATABASE}")
    }

    /// Kills it without a warning, and starts it again.
    pub(super) async fn crash(&mut self) {
        let pid_file = self.sandbox.data_dir().join("postgres/postmaster.pid");
        let content = fs::read_to_string(pid_file).unwrap();
        let pid: i32 = content.lines().next().unwrap().trim().parse().unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        // Lets go of the folder's lock.
        drop(self.cluster.take());
        let cluster = Cluster::start(&options(&self.sandbox)).await.unwrap();
        assert_eq!(cluster.endpoint(DATABASE), self.endpoint);
        self.cluster = Some(cluster);
    }
}

fn options(sandbox: &Sandbox) -> db::ClusterOptions {
    let more = [("max_connections", "200".to_owned())];
    db::ClusterOptions { settings: more.to_vec(), ..sandbox.options() }
}
