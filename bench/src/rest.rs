//! Requests of a signed-in member, over connections that stay open.

use std::net::SocketAddr;
use std::time::Duration;

use sqlx::PgPool;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::error::BenchError;
use crate::pgbench;
use crate::population;
use crate::process;
use crate::report::{Row, Table, percentiles};
use crate::server::Server;

/// Connections that send one request after the other.
const CONNECTIONS: usize = 16;

/// The name and the path of each request that is measured.
const REQUESTS: [(&str, &str); 3] = [
    ("first page of the members", "/organizations/bench-0/members"),
    ("menu", "/me/menu"),
    ("members page, rendered", RENDERED),
];

/// A page, whose rendering takes far longer than its statements.
const RENDERED: &str = "/o/bench-0/members";

/// How many requests are sent to learn their statements. Tasks of the server execute none so often meanwhile.
const OBSERVED_REQUESTS: usize = 50;

/// Measures requests in an organization of `members`, each for `time`.
///
/// # Errors
/// When an answer isn't 200.
pub async fn measure(server: &Server, members: usize, time: Duration) -> Result<Table, BenchError> {
    let population = population::create(&server.pool, members, members).await?;
    server.wait_for_log().await?;
    wait_for_looks(&server.pool).await?;
    // As Postgres does by itself about a minute after an import.
    sqlx::query("vacuum analyze").execute(&server.pool).await?;
    let cookie = &population.people[0].cookie;
    let mut rows = Vec::new();
    for (name, path) in REQUESTS {
        rows.push(measure_path(server, name, path, cookie, time).await?);
        if path != RENDERED && pgbench::is_installed() {
            rows.push(measure_statements(server, name, path, cookie, time).await?);
        }
    }
    Ok(Table { title: format!("{CONNECTIONS} connections, {members} members"), rows })
}

/// Waits until the server has computed what all names look like, which it does soon after an import.
async fn wait_for_looks(pool: &PgPool) -> Result<(), BenchError> {
    let are_missing = "select exists (select from member_names where look is null)";
    while sqlx::query_scalar(are_missing).fetch_one(pool).await? {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn measure_path(
    server: &Server,
    name: &str,
    path: &str,
    cookie: &str,
    time: Duration,
) -> Result<Row, BenchError> {
    let request = request(server, path, cookie);
    // Until the code is in the caches, and the statements are prepared.
    repeat(server.address, &request, time / 4).await?;
    let server_before = process::processor_seconds(server.pid)?;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (address, request) = (server.address, request.clone());
        tasks.spawn(async move { repeat(address, &request, time).await });
    }
    let mut latencies = Vec::new();
    while let Some(times) = tasks.join_next().await {
        latencies.extend(times??);
    }
    let elapsed = started.elapsed().as_secs_f64();
    let busy = (process::processor_seconds(server.pid)? - server_before) / elapsed;
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 requests")]
    let rate = latencies.len() as f64 / elapsed;
    Ok(Row {
        name: name.to_owned(),
        value: format!(
            "{rate:.0} a second, {}, the server uses {busy:.2} cores",
            percentiles(&mut latencies)
        ),
    })
}

/// Measures the statements of the request without the server.
async fn measure_statements(
    server: &Server,
    name: &str,
    path: &str,
    cookie: &str,
    time: Duration,
) -> Result<Row, BenchError> {
    let request = request(server, path, cookie);
    let send = async |count| {
        let mut connection = TcpStream::connect(server.address).await?;
        for _ in 0..count {
            answer(&mut connection, &request, &mut Vec::new()).await?;
        }
        Ok::<_, BenchError>(())
    };
    let statements = pgbench::statements_of(server, OBSERVED_REQUESTS, send).await?;
    let rate = pgbench::measure(server, &statements, CONNECTIONS, time).await?;
    let count = statements.len();
    Ok(Row {
        name: format!("{name}: its {count} statements by pgbench"),
        value: format!("{rate:.0} a second"),
    })
}

fn request(server: &Server, path: &str, cookie: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html, application/json\r\n\
         Cookie: {cookie}\r\n\r\n",
        server.address
    )
}

/// Sends the request again and again. Returns how long each answer took, in microseconds.
async fn repeat(
    address: SocketAddr,
    request: &str,
    time: Duration,
) -> Result<Vec<u64>, BenchError> {
    let mut connection = TcpStream::connect(address).await?;
    connection.set_nodelay(true)?;
    let (mut times, started) = (Vec::new(), Instant::now());
    let mut received = Vec::with_capacity(64 * 1024);
    while started.elapsed() < time {
        let sent = Instant::now();
        answer(&mut connection, request, &mut received).await?;
        times.push(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    Ok(times)
}

/// Sends the request and waits for the whole answer.
async fn answer(
    connection: &mut TcpStream,
    request: &str,
    received: &mut Vec<u8>,
) -> Result<(), BenchError> {
    connection.write_all(request.as_bytes()).await?;
    received.clear();
    while !is_whole(received)? {
        if connection.read_buf(received).await? == 0 {
            return Err(BenchError::NoAnswer(String::from_utf8_lossy(received).into_owned()));
        }
    }
    Ok(())
}

/// Whether the answer has arrived to its end (RFC 9112, 6.3).
fn is_whole(received: &[u8]) -> Result<bool, BenchError> {
    let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(false);
    };
    let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        return Err(BenchError::NoAnswer(head));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let Some(length) = length else { return Ok(received.ends_with(b"\r\n0\r\n\r\n")) };
    let length: usize = length.parse().map_err(|_| BenchError::NoAnswer(head.clone()))?;
    Ok(received.len() >= end + 4 + length)
}
