//! The server that is measured, with a private Postgres in a folder of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::error::BenchError;

/// Connections of this program to Postgres.
const POOL_SIZE: u32 = 12;

/// A running server. It is stopped, and its data is removed, when this value is dropped.
pub struct Server {
    child: Child,
    data_dir: PathBuf,
    /// The address that it listens on.
    pub address: SocketAddr,
    /// Its database.
    pub pool: PgPool,
    /// Its process id.
    pub pid: u32,
}

impl Server {
    /// Starts the program on a free port and an empty database.
    ///
    /// # Errors
    /// When it can't be started.
    pub async fn start(program: &Path) -> Result<Self, BenchError> {
        let data_dir =
            std::env::temp_dir().join(format!("tributary-bench-{}", uuid::Uuid::new_v4()));
        let mut child = Command::new(program)
            .args(["--address", "127.0.0.1:0", "--log-format", "text"])
            .arg("--data-dir")
            .arg(&data_dir)
            .env_remove("DATABASE_URL")
            .env_remove("PUBLIC_URL")
            .env("RUST_LOG", "info")
            // All clients have one address, and send more than people do.
            .env("LIMITS", "all=1000000/1s")
            .env("MAX_CONNECTIONS_PER_ADDRESS", "100000")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let mut last = String::new();
        let address = loop {
            let Some(line) = lines.next_line().await? else {
                return Err(BenchError::NotStarted(last));
            };
            if let Some((_, rest)) = line.split_once("listening on http://")
                && let Some(Ok(address)) = rest.split_whitespace().next().map(str::parse)
            {
                break address;
            }
            last = line;
        };
        // The server's log would be lost if this pipe were closed.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if line.contains("ERROR") || line.contains("WARN") {
                    eprintln!("server: {line}");
                }
            }
        });
        let options = PgConnectOptions::new_without_pgpass()
            .host(&data_dir.join("run").to_string_lossy())
            .username("tributary")
            .database("tributary");
        let pool = PgPoolOptions::new()
            .max_connections(POOL_SIZE)
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(options)
            .await?;
        let pid = child.id().expect("it hasn't ended");
        Ok(Self { child, data_dir, address, pool, pid })
    }

    /// The folder of Postgres' socket.
    #[must_use]
    pub fn socket_folder(&self) -> PathBuf {
        self.data_dir.join("run")
    }

    /// The log of its Postgres.
    #[must_use]
    pub fn postgres_log(&self) -> PathBuf {
        self.data_dir.join("postgres.log")
    }

    /// Waits until the log contains all changes that are committed now.
    ///
    /// # Errors
    /// When the database doesn't answer.
    pub async fn wait_for_log(&self) -> Result<(), BenchError> {
        let end: String = sqlx::query_scalar("select pg_current_wal_insert_lsn()::text")
            .fetch_one(&self.pool)
            .await?;
        loop {
            let is_logged: bool =
                sqlx::query_scalar("select recorded_lsn >= $1::text::pg_lsn from cdc_state")
                    .bind(&end)
                    .fetch_one(&self.pool)
                    .await?;
            if is_logged {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, so that the server stops its Postgres.
        let _ = std::process::Command::new("kill").arg(self.pid.to_string()).status();
        for _ in 0..200 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = std::fs::remove_dir_all(&self.data_dir);
    }
}
