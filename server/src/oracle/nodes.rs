//! The servers of the cluster.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::node::Node;
use super::rng::Rng;
use db::Endpoint;

/// How long a node may fail to start before that is a fault of its own.
const PATIENCE: Duration = Duration::from_secs(30);

/// All nodes, running or not, on one database.
#[derive(Debug)]
pub(super) struct Nodes {
    endpoint: Endpoint,
    places: Mutex<Vec<Option<Node>>>,
}

impl Nodes {
    pub(super) async fn start(endpoint: Endpoint, count: usize) -> Self {
        let nodes = Self { endpoint, places: Mutex::new((0..count).map(|_| None).collect()) };
        for place in 0..count {
            nodes.restart(place).await;
        }
        nodes
    }

    /// Runs a new server in that place, unless one runs there.
    pub(super) async fn restart(&self, place: usize) {
        if self.with(|places| places[place].is_some()) {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        let node = loop {
            if let Some(node) = Node::start(&self.endpoint).await {
                break node;
            }
            assert!(Instant::now() < deadline, "no node starts");
        };
        self.with(|places| places[place] = Some(node));
    }

    /// Kills a node without a warning.
    pub(super) async fn kill(&self, place: usize) {
        let node = self.with(|places| places[place].take());
        if let Some(node) = node {
            node.kill().await;
        }
    }

    /// Stops a node as a signal would.
    pub(super) async fn stop(&self, place: usize) {
        let node = self.with(|places| places[place].take());
        if let Some(node) = node {
            node.stop().await;
        }
    }

    /// The places where a server runs.
    pub(super) fn running(&self) -> Vec<usize> {
        self.with(|places| (0..places.len()).filter(|place| places[*place].is_some()).collect())
    }

    /// The places where none runs.
    pub(super) fn idle(&self) -> Vec<usize> {
        self.with(|places| (0..places.len()).filter(|place| places[*place].is_none()).collect())
    }

    /// One that runs.
    pub(super) fn any(&self, rng: &mut Rng) -> SocketAddr {
        self.with(|places| {
            let running: Vec<_> = places.iter().flatten().map(|node| node.address).collect();
            *rng.pick(&running).expect("one node always runs")
        })
    }

    fn with<R>(&self, act: impl FnOnce(&mut Vec<Option<Node>>) -> R) -> R {
        act(&mut self.places.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
