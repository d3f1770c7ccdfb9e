//! From the WAL to the log: one large transaction, and many small ones.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use sqlx::PgPool;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use crate::error::BenchError;
use crate::process;
use crate::report::{Row, Table};
use crate::server::Server;

/// Rows of the large transaction.
const ROWS: i32 = 100_000;

/// Connections that each commit one row after the other.
const WRITERS: usize = 8;

/// The second slot, for `pg_recvlogical`.
const PEER_SLOT: &str = "bench_recvlogical";

/// Measures how fast the rows of one transaction are durable in the log, and how fast `pg_recvlogical`
/// reads the same WAL.
///
/// # Errors
/// When a statement or a program fails.
pub async fn measure_large_transaction(server: &Server) -> Result<Table, BenchError> {
    let organization = create_organization(&server.pool).await?;
    sqlx::query("select pg_create_logical_replication_slot($1, 'pgoutput')")
        .bind(PEER_SLOT)
        .execute(&server.pool)
        .await?;
    let before = log_position(&server.pool).await?;
    let (server_before, postgres_before) = processor_seconds(server)?;
    sqlx::query(
        "insert into notes (id, organization_id, title)
         select gen_random_uuid(), $1, 'Note ' || number from generate_series(1, $2) number",
    )
    .bind(organization)
    .bind(ROWS)
    .execute(&server.pool)
    .await?;
    let committed = Instant::now();
    wait_for_position(&server.pool, before + i64::from(ROWS)).await?;
    let elapsed = committed.elapsed();
    let (server_after, postgres_after) = processor_seconds(server)?;
    let peer = read_with_pg_recvlogical(server).await?;
    let rate = |elapsed: Duration| f64::from(ROWS) / elapsed.as_secs_f64();
    Ok(Table {
        title: format!("One transaction of {ROWS} rows"),
        rows: vec![
            Row {
                name: "from its commit until all rows are in the log".to_owned(),
                value: format!(
                    "{:.2} s, {:.0} rows a second; server {:.1} s, Postgres {:.1} s of processor time, \
                     the insert included",
                    elapsed.as_secs_f64(),
                    rate(elapsed),
                    server_after - server_before,
                    postgres_after - postgres_before,
                ),
            },
            Row {
                name: "pg_recvlogical, the same WAL, to /dev/null".to_owned(),
                value: format!("{:.2} s, {:.0} rows a second", peer.as_secs_f64(), rate(peer)),
            },
        ],
    })
}

/// Measures how far the log is behind when writers that each commit one row after the other stop.
///
/// # Errors
/// When a statement fails.
pub async fn measure_small_transactions(
    server: &Server,
    seconds: u32,
) -> Result<Table, BenchError> {
    let organization = create_organization(&server.pool).await?;
    let before = log_position(&server.pool).await?;
    let until = Instant::now() + Duration::from_secs(seconds.into());
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write_until(server.pool.clone(), organization, until));
    }
    let mut rows = 0;
    while let Some(written) = writers.join_next().await {
        rows += written??;
    }
    let stopped = Instant::now();
    wait_for_position(&server.pool, before + rows).await?;
    let behind = stopped.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 rows")]
    let rate = rows as f64 / f64::from(seconds);
    Ok(Table {
        title: format!("Transactions of one row, {WRITERS} writers, {seconds} s"),
        rows: vec![Row {
            name: "commits, and how far the log was behind at the end".to_owned(),
            value: format!("{rate:.0} a second, {:.0} ms", behind.as_secs_f64() * 1000.0),
        }],
    })
}

async fn write_until(pool: PgPool, organization: Uuid, until: Instant) -> Result<i64, BenchError> {
    let mut connection = pool.acquire().await?;
    let mut rows = 0;
    while Instant::now() < until {
        sqlx::query(
            "insert into notes (id, organization_id, title) values (gen_random_uuid(), $1, 'Note')",
        )
        .bind(organization)
        .execute(&mut *connection)
        .await?;
        rows += 1;
    }
    Ok(rows)
}

/// Reads the changes of the peer's slot up to the present end of the WAL.
async fn read_with_pg_recvlogical(server: &Server) -> Result<Duration, BenchError> {
    let end: String =
        sqlx::query_scalar("select pg_current_wal_lsn()::text").fetch_one(&server.pool).await?;
    let programs: String =
        sqlx::query_scalar("select setting from pg_config where name = 'BINDIR'")
            .fetch_one(&server.pool)
            .await?;
    // The program ends at a record behind the end, so there must be one.
    sqlx::query("select pg_logical_emit_message(false, 'bench', '')").execute(&server.pool).await?;
    let program = PathBuf::from(programs).join("pg_recvlogical");
    let started = Instant::now();
    let output = Command::new(program)
        .args([
            "--start",
            "--no-loop",
            "--file",
            "/dev/null",
            "--slot",
            PEER_SLOT,
            "--endpos",
            &end,
        ])
        .args(["--option", "proto_version=1", "--option", "publication_names=tributary"])
        .args(["--username", "tributary", "--dbname", "tributary", "--host"])
        .arg(server.socket_folder())
        .stdin(Stdio::null())
        .output()
        .await?;
    let elapsed = started.elapsed();
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(BenchError::NoAnswer(message));
    }
    Ok(elapsed)
}

async fn create_organization(pool: &PgPool) -> Result<Uuid, BenchError> {
    let id = sqlx::query_scalar(
        "insert into organizations (id, name, slug)
         values (gen_random_uuid(), 'Writers', 'writers') returning id",
    )
    .fetch_one(pool)
    .await?;
    // So that the measurement begins with an empty queue.
    tokio::time::sleep(Duration::from_secs(1)).await;
    Ok(id)
}

async fn log_position(pool: &PgPool) -> Result<i64, BenchError> {
    Ok(sqlx::query_scalar("select last_position from cdc_state").fetch_one(pool).await?)
}

async fn wait_for_position(pool: &PgPool, position: i64) -> Result<(), BenchError> {
    while log_position(pool).await? < position {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

fn processor_seconds(server: &Server) -> Result<(f64, f64), BenchError> {
    Ok((process::processor_seconds(server.pid)?, process::processor_seconds_of("postgres")))
}
