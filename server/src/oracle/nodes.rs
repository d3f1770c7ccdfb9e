//! The server nodes of the cluster.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::node::Node;
use super::rng::Rng;
use db::Endpoint;
use sqlx::PgPool;

/// How long a node may fail to start before the test fails.
const TIMEOUT: Duration = Duration::from_secs(30);

/// All nodes of one database, running or not, by index.
#[derive(Debug)]
pub(super) struct Nodes {
    endpoint: Endpoint,
    pool: PgPool,
    nodes: Mutex<Vec<Option<Node>>>,
}

impl Nodes {
    pub(super) async fn start(endpoint: Endpoint, superuser: &Endpoint, count: usize) -> Self {
        let pool = db::pool(superuser, 2);
        let nodes = Self { endpoint, pool, nodes: Mutex::new((0..count).map(|_| None).collect()) };
        for index in 0..count {
            nodes.restart(index).await;
        }
        nodes
    }

    /// Connections to their database.
    pub(super) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Starts the node unless it runs.
    pub(super) async fn restart(&self, index: usize) {
        if self.with(|nodes| nodes[index].is_some()) {
            return;
        }
        let deadline = Instant::now() + TIMEOUT;
        let node = loop {
            if let Some(node) = Node::start(&self.endpoint).await {
                break node;
            }
            assert!(Instant::now() < deadline, "no node starts");
        };
        self.with(|nodes| nodes[index] = Some(node));
    }

    /// Kills the node with `SIGKILL`.
    pub(super) async fn kill(&self, index: usize) {
        let node = self.with(|nodes| nodes[index].take());
        if let Some(node) = node {
            node.kill().await;
        }
    }

    /// Stops the node gracefully.
    pub(super) async fn stop(&self, index: usize) {
        let node = self.with(|nodes| nodes[index].take());
        if let Some(node) = node {
            node.stop().await;
        }
    }

    /// The indexes of running nodes.
    pub(super) fn running(&self) -> Vec<usize> {
        self.with(|nodes| (0..nodes.len()).filter(|index| nodes[*index].is_some()).collect())
    }

    /// The indexes of nodes that don't run.
    pub(super) fn idle(&self) -> Vec<usize> {
        self.with(|nodes| (0..nodes.len()).filter(|index| nodes[*index].is_none()).collect())
    }

    /// The addresses of running nodes.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.with(|nodes| nodes.iter().flatten().map(|node| node.address).collect())
    }

    /// The address of a random running node.
    pub(super) fn any(&self, rng: &mut Rng) -> SocketAddr {
        self.with(|nodes| {
            let running: Vec<_> = nodes.iter().flatten().map(|node| node.address).collect();
            *rng.pick(&running).expect("one node always runs")
        })
    }

    fn with<R>(&self, act: impl FnOnce(&mut Vec<Option<Node>>) -> R) -> R {
        act(&mut self.nodes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
