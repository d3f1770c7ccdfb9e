//! The same with nginx and its module nchan, a hub of server-sent events in C, as a yardstick.
//!
//! It has no database, no access rules and no log behind it: a change is a request to publish the bytes.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::changes;
use crate::error::BenchError;
use crate::fan_out::{DELIVERY_TIMEOUT, figures, follow};
use crate::memory;
use crate::process;
use crate::report::Table;
use crate::sse::EventSource;

/// The path of the module in Debian's package `libnginx-mod-nchan`.
const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// Bytes of a message: about as many as Tributary sends for a changed organization.
const MESSAGE_BYTES: usize = 420;

/// A running nginx.
pub struct Nchan {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
}

/// Whether it is installed.
#[must_use]
pub fn is_installed() -> bool {
    std::path::Path::new(MODULE).exists()
}

impl Nchan {
    /// Starts nginx with as many workers as there are cores.
    ///
    /// # Errors
    /// When it doesn't listen within 10 s.
    pub async fn start() -> Result<Self, BenchError> {
        let folder = std::env::temp_dir().join(format!("nchan-bench-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let path = folder.display();
        let configuration = format!(
            "load_module {MODULE};
             daemon off; worker_processes auto; pid {path}/pid; error_log {path}/error.log;
             worker_rlimit_nofile 100000;
             events {{ worker_connections 50000; }}
             http {{
                 access_log off;
                 client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;
                 fastcgi_temp_path {path}/fastcgi; uwsgi_temp_path {path}/uwsgi;
                 scgi_temp_path {path}/scgi;
                 nchan_shared_memory_size 512m;
                 server {{
                     listen {address};
                     location = /subscribe {{
                         nchan_subscriber eventsource; nchan_channel_id bench;
                         nchan_subscriber_first_message newest; nchan_eventsource_event change;
                     }}
                     location = /publish {{ nchan_publisher; nchan_channel_id bench; }}
                 }}
             }}"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration)?;
        let child =
            Command::new("/usr/sbin/nginx").arg("-c").arg(&file).kill_on_drop(true).spawn()?;
        let nchan = Self { child, folder, address };
        for _ in 0..100 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(nchan);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(BenchError::NotStarted("nginx doesn't listen".to_owned()))
    }

    async fn subscribe(&self, count: usize) -> Result<Vec<EventSource>, BenchError> {
        let mut sources = Vec::with_capacity(count);
        for _ in 0..count {
            sources.push(EventSource::open_path(self.address, "/subscribe", "").await?);
        }
        Ok(sources)
    }

    fn processor_seconds() -> f64 {
        process::processor_seconds_of("nginx")
    }
}

impl Drop for Nchan {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            // SIGTERM, so that the master stops its workers.
            let _ = std::process::Command::new("kill").arg(pid.to_string()).status();
            for _ in 0..100 {
                if matches!(self.child.try_wait(), Ok(Some(_))) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Opens `streams` streams and publishes `rate` messages a second that each receives.
///
/// # Errors
/// When a client misses a message.
pub async fn measure_fan_out(streams: usize, rate: u32, seconds: u32) -> Result<Table, BenchError> {
    let nchan = Nchan::start().await?;
    let sources = nchan.subscribe(streams).await?;
    let count = usize::try_from(rate * seconds).unwrap_or(usize::MAX);
    let received = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for (client, source) in sources.into_iter().enumerate() {
        tasks.spawn(follow(client, source, count, Arc::clone(&received)));
    }
    let before = Nchan::processor_seconds();
    let started = changes::now();
    let published = publish(nchan.address, rate, count).await?;
    let mut latencies = Vec::new();
    let all = async {
        while let Some(client) = tasks.join_next().await {
            let (_, times) = client??;
            latencies
                .extend(times.iter().zip(&published).map(|(at, sent)| at.saturating_sub(*sent)));
        }
        Ok::<_, BenchError>(())
    };
    match tokio::time::timeout(DELIVERY_TIMEOUT, all).await {
        Ok(result) => result?,
        Err(_) => return Err(BenchError::Missing { clients: tasks.len() }),
    }
    let processor_seconds = Nchan::processor_seconds() - before;
    Ok(Table {
        title: format!("nchan: {streams} streams, {rate} messages a second to each"),
        rows: figures(
            &mut latencies,
            received.load(Ordering::Relaxed),
            changes::now() - started,
            processor_seconds,
        ),
    })
}

/// Publishes messages on one connection. Returns when each was sent.
async fn publish(address: SocketAddr, rate: u32, count: usize) -> Result<Vec<u64>, BenchError> {
    let mut connection = TcpStream::connect(address).await?;
    connection.set_nodelay(true)?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent = Vec::with_capacity(count);
    let mut answer = vec![0; 4096];
    for number in 0..count {
        ticks.tick().await;
        let version = format!("{{\"version\":{}}}", number + 2);
        let body = format!("{version:<MESSAGE_BYTES$}");
        let request = format!(
            "POST /publish HTTP/1.1\r\nHost: bench\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        sent.push(changes::now());
        connection.write_all(request.as_bytes()).await?;
        // A short answer, which arrives in one piece.
        if connection.read(&mut answer).await? == 0 {
            return Err(BenchError::NoAnswer("nchan closed the connection".to_owned()));
        }
    }
    Ok(sent)
}

/// Measures the memory of `count` streams without messages.
///
/// # Errors
/// When a stream is refused.
pub async fn measure_memory(count: usize) -> Result<Table, BenchError> {
    let nchan = Nchan::start().await?;
    let before = process::memory_of("nginx")?;
    let streams = nchan.subscribe(count).await?;
    memory::settle().await;
    let after = process::memory_of("nginx")?;
    drop(streams);
    Ok(memory::table("a stream of nchan without messages", before, after, count))
}
