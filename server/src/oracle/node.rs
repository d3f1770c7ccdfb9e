//! A server node in a process of its own, so that it can be killed.

use std::io::Read;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::database::OpenDatabase;
use crate::lifecycle::Server;
use crate::testing;
use db::{self, Database, Endpoint, Host};
use stream::Settings;

/// The environment variable with the database's URL.
const DATABASE: &str = "TRIBUTARY_ORACLE_DATABASE";

/// Printed by the process before its address, once it accepts connections.
const READY_PREFIX: &str = "this node listens on ";

/// How long a node may take to start and to stop.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running server process. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Node {
    process: Child,
    /// The node stops once this is closed, which also happens when its parent dies.
    input: ChildStdin,
    pub(super) address: SocketAddr,
}

impl Node {
    /// Runs this test program again as a server. None when the server doesn't start, because its
    /// database is unreachable.
    pub(super) async fn start(endpoint: &Endpoint) -> Option<Self> {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "--nocapture"])
            .arg("oracle::node::serve_until_the_input_is_closed")
            .env(DATABASE, url(endpoint))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = tokio::time::timeout(TIMEOUT, read_address(&mut output)).await;
        let address = address.expect("a node starts or fails within 30 s")?;
        // Reads the rest, because the process fails when it can't print.
        tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
        Some(Self { process, input, address })
    }

    /// `kill -9`.
    pub(super) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    /// Stops the node gracefully.
    pub(super) async fn stop(self) {
        let Self { mut process, input, .. } = self;
        drop(input);
        let ended = tokio::time::timeout(TIMEOUT, process.wait()).await;
        let status = ended.expect("a node stops within 30 s").unwrap();
        assert!(status.success(), "a node stopped with {status}");
    }
}

async fn read_address(output: &mut Lines<BufReader<ChildStdout>>) -> Option<SocketAddr> {
    while let Some(line) = output.next_line().await.unwrap() {
        // The test program prints the test's name before it, on the same line.
        if let Some((_, address)) = line.split_once(READY_PREFIX) {
            return Some(address.parse().unwrap());
        }
    }
    None
}

fn url(endpoint: &Endpoint) -> String {
    let Endpoint { host, port, user, database, .. } = endpoint;
    let host = match host {
        Host::Tcp(name) => name.clone(),
        Host::Socket(folder) => folder.display().to_string(),
    };
    format!("postgres://{user}@/{database}?host={host}&port={port}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "the oracle runs it as a process of its own"]
async fn serve_until_the_input_is_closed() {
    let Ok(url) = std::env::var(DATABASE) else { return };
    let endpoint = Endpoint::parse("DATABASE_URL", &url).unwrap();
    let database = OpenDatabase::shared(Database::connect(db::pool(&endpoint, 10), endpoint));
    let server =
        Server::start_on(database, testing::config("/nonexistent"), streams()).await.unwrap();
    server.clock().advance(clock_offset());
    println!("{READY_PREFIX}{}", server.address());
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    closed.await.unwrap().unwrap();
    server.stop().await;
}

/// How wrong this node is about the time, until it reads the database's clock again: up to two hours in
/// either direction.
fn clock_offset() -> time::Duration {
    const RANGE_SECONDS: u32 = 4 * 60 * 60;
    let position = std::process::id().wrapping_mul(2_654_435_761) % RANGE_SECONDS;
    time::Duration::seconds(i64::from(position) - i64::from(RANGE_SECONDS / 2))
}

/// Small limits, so that a round reaches each of them.
fn streams() -> Settings {
    Settings {
        ping_interval: Duration::from_millis(500),
        queue_capacity: 32,
        catch_up_limit: 600,
        hot_tail_bytes: 48 << 10,
        lifetime: Duration::from_secs(20),
        ..Settings::default()
    }
}
