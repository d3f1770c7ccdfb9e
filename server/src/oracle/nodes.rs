//! The servers of the cluster. Each has a runtime of its own, so that it can die at once.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::rng::Rng;
use crate::config::{Config, DatabaseConfig, LogFormat};
use crate::db::{self, Database, Endpoint};
use crate::lifecycle::Server;
use crate::stream::Settings;

/// All nodes, running or not, on one database.
#[derive(Debug)]
pub(super) struct Nodes {
    endpoint: Endpoint,
    places: Mutex<Vec<Option<Node>>>,
}

#[derive(Debug)]
struct Node {
    runtime: Runtime,
    server: Server,
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
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let endpoint = self.endpoint.clone();
        let start = async move {
            let database = Database::borrowed(db::pool(&endpoint, 10), endpoint);
            Server::start_on(database, config(), streams()).await.unwrap()
        };
        let server = runtime.spawn(start).await.unwrap();
        self.with(|places| places[place] = Some(Node { runtime, server }));
    }

    /// Ends a node as `kill -9` would: its sockets and tasks are gone.
    pub(super) fn kill(&self, place: usize) {
        if let Some(node) = self.with(|places| places[place].take()) {
            node.runtime.shutdown_background();
            drop(node.server);
        }
    }

    /// Stops a node as a signal would.
    pub(super) async fn stop(&self, place: usize) {
        if let Some(Node { runtime, server }) = self.with(|places| places[place].take()) {
            runtime.spawn(server.stop()).await.unwrap();
            runtime.shutdown_background();
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
            let running: Vec<_> =
                places.iter().flatten().map(|node| node.server.address()).collect();
            *rng.pick(&running).expect("one node always runs")
        })
    }

    fn with<R>(&self, act: impl FnOnce(&mut Vec<Option<Node>>) -> R) -> R {
        act(&mut self.places.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        let count = self.with(|places| places.len());
        (0..count).for_each(|place| self.kill(place));
    }
}

/// Small, so that a round comes to the end of each.
fn streams() -> Settings {
    Settings {
        ping_interval: Duration::from_millis(500),
        queue_capacity: 32,
        catch_up_limit: 600,
        lifetime: Duration::from_secs(20),
        ..Settings::default()
    }
}

fn config() -> Config {
    Config {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        database: DatabaseConfig { url: None, data_dir: "/nonexistent".into(), pg_bin: None },
        public_url: None,
        demo: false,
        site_root: "/nonexistent".into(),
        log_format: LogFormat::Text,
        retention_days: 30,
    }
}
