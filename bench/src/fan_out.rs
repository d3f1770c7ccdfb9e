//! From a commit to every client that receives the change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::changes::{self, Commits, Micros};
use crate::clients;
use crate::error::BenchError;
use crate::population;
use crate::process;
use crate::report::{Row, Table, percentiles};
use crate::server::Server;
use crate::sse::{EventSource, Next};

/// How long the last messages may take.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(60);

/// Opens `streams` streams in organizations of `readers`, and makes `rate` changes a second.
///
/// # Errors
/// When a client misses a change, or receives one twice or out of order.
pub async fn measure(
    server: &Server,
    streams: usize,
    readers: usize,
    rate: u32,
    seconds: u32,
) -> Result<Table, BenchError> {
    let population = population::create(&server.pool, streams, readers).await?;
    server.wait_for_log().await?;
    let sources = clients::open_all(server.address, &population.people).await?;
    let commits = Arc::new(Commits::new(population.organizations.len()));
    let received = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    let count = usize::try_from(rate * seconds).unwrap_or(usize::MAX);
    let expected = expected_changes(population.organizations.len(), count);
    for (client, source) in sources.into_iter().enumerate() {
        let expected = expected[client / readers];
        tasks.spawn(follow(client, source, expected, Arc::clone(&received)));
    }
    let server_before = process::processor_seconds(server.pid)?;
    let postgres_before = process::processor_seconds_of("postgres");
    let started = changes::now();
    let organizations = &population.organizations;
    changes::make(&server.pool, organizations, &commits, rate, count).await?;
    let mut latencies = Vec::new();
    let all = async {
        while let Some(client) = tasks.join_next().await {
            let (client, times) = client??;
            let commits = commits.of(client / readers);
            latencies
                .extend(times.iter().zip(&commits).map(|(at, commit)| at.saturating_sub(*commit)));
        }
        Ok::<_, BenchError>(())
    };
    match tokio::time::timeout(DELIVERY_TIMEOUT, all).await {
        Ok(result) => result?,
        Err(_) => return Err(BenchError::Missing { clients: tasks.len() }),
    }
    let elapsed = changes::now() - started;
    let server_seconds = process::processor_seconds(server.pid)? - server_before;
    let postgres_seconds = process::processor_seconds_of("postgres") - postgres_before;
    let mut rows =
        figures(&mut latencies, received.load(Ordering::Relaxed), elapsed, server_seconds);
    rows.push(Row {
        name: "processor time".to_owned(),
        value: format!("server {server_seconds:.1} s, Postgres {postgres_seconds:.1} s"),
    });
    Ok(Table {
        title: format!("{streams} streams, {rate} changes a second to {readers} readers each"),
        rows,
    })
}

/// The latencies and the deliveries, in `elapsed` microseconds and so many processor seconds.
pub fn figures(
    latencies: &mut [Micros],
    deliveries: usize,
    elapsed: Micros,
    processor_seconds: f64,
) -> Vec<Row> {
    #[expect(clippy::cast_precision_loss, reason = "an hour in microseconds is exact")]
    let elapsed = elapsed as f64 / 1e6;
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 deliveries")]
    let deliveries = deliveries as f64;
    vec![
        Row { name: "commit to client".to_owned(), value: percentiles(latencies) },
        Row {
            name: "deliveries".to_owned(),
            value: format!(
                "{deliveries}, {:.0} a second, {:.0} per processor second of the server",
                deliveries / elapsed,
                deliveries / processor_seconds
            ),
        },
    ]
}

/// How many of `count` changes each organization gets, when they are changed one after the other.
fn expected_changes(organizations: usize, count: usize) -> Vec<usize> {
    (0..organizations)
        .map(|index| count / organizations + usize::from(index < count % organizations))
        .collect()
}

/// Reads the expected number of changes. Returns when each arrived.
pub async fn follow(
    client: usize,
    mut source: EventSource,
    expected: usize,
    received: Arc<AtomicUsize>,
) -> Result<(usize, Vec<Micros>), BenchError> {
    let mut times = Vec::with_capacity(expected);
    if expected == 0 {
        return Ok((client, times));
    }
    let mut previous = 1;
    source
        .read(|event| {
            if event.name != "change" {
                return Ok(Next::Continue);
            }
            let version = version_of(event.data);
            if version != previous + 1 {
                return Err(BenchError::OutOfOrder { client, previous, received: version });
            }
            previous = version;
            times.push(changes::now());
            received.fetch_add(1, Ordering::Relaxed);
            Ok(if times.len() == expected { Next::Stop } else { Next::Continue })
        })
        .await?;
    Ok((client, times))
}

/// The version of the message's entity. Looks for the text, as parsing 100,000 messages a second would take
/// the processor that is measured.
fn version_of(data: &str) -> i64 {
    let Some((_, rest)) = data.split_once("\"version\":") else { return 0 };
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    digits.parse().unwrap_or(0)
}
