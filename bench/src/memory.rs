//! Memory of open connections and of streams without changes.

use tokio::net::TcpStream;

use crate::clients;
use crate::error::BenchError;
use crate::population;
use crate::process::{self, Memory};
use crate::report::{Row, Table};
use crate::server::Server;

/// Measures `count` connections that send nothing.
///
/// # Errors
/// When one is refused.
pub async fn measure_connections(server: &Server, count: usize) -> Result<Table, BenchError> {
    // A server that has just started hashes a password to be ready for the first one.
    settle().await;
    let before = process::memory(server.pid)?;
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        connections.push(TcpStream::connect(server.address).await?);
    }
    settle().await;
    let after = process::memory(server.pid)?;
    drop(connections);
    Ok(table("an open connection that has sent nothing", before, after, count))
}

/// Measures `count` streams without changes. The server must be a new one: memory that was freed before is
/// used again, and wouldn't count.
///
/// # Errors
/// When a stream is refused.
pub async fn measure_streams(server: &Server, count: usize) -> Result<Table, BenchError> {
    let population = population::create(&server.pool, count, 10).await?;
    server.wait_for_log().await?;
    let before = process::memory(server.pid)?;
    let streams = clients::open_all(server.address, &population.people).await?;
    settle().await;
    let after = process::memory(server.pid)?;
    drop(streams);
    Ok(table("a stream without changes", before, after, count))
}

/// Until the server has read what was sent to it, and freed what it used to answer.
pub async fn settle() {
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
}

/// The memory that each of `count` takes.
#[must_use]
pub fn table(name: &str, before: Memory, after: Memory, count: usize) -> Table {
    Table {
        title: format!("Memory of each of {count}"),
        rows: vec![row(name, before, after, count)],
    }
}

fn row(name: &str, before: Memory, after: Memory, count: usize) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "memory of this machine is exact")]
    let each =
        |before: u64, after: u64| after.saturating_sub(before) as f64 / count as f64 / 1024.0;
    Row {
        name: name.to_owned(),
        value: format!(
            "{:.1} KB resident, {:.1} KB private",
            each(before.resident, after.resident),
            each(before.private, after.private)
        ),
    }
}
