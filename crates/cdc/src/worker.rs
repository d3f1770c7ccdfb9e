//! The worker's loop: acquire the slot, read frames, append to the log, acknowledge.

use std::convert::Infallible;
use std::mem;
use std::time::Duration;

use contract::Epoch;
use sqlx::PgPool;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::assembly::{Assembly, Chunk, ChunkEnd, Limits};
use super::frame::Frame;
use super::health::HealthSender;
use super::transport::Transport;
use super::{CdcError, incident, replication_slot, retention};
use activity::log::{self, LogWriter};
use db::Endpoint;
use db::crash_point::{CrashPoint, reached};
use db::retry::{Backoff, MAX_DELAY};

/// How often a standby checks whether the slot is free.
const STANDBY_POLL_INTERVAL: Duration = Duration::from_millis(500);

/// How long writing one batch may take. A worker whose database connection is dead must not keep the
/// slot from a node whose connection works.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The size of a batch: large enough to keep up with a burst, small enough to fit in memory.
const BATCH_LIMITS: Limits = Limits { rows: 1000, bytes: 1 << 20 };

/// The worker of one node.
#[derive(Debug)]
pub struct Worker<'a> {
    endpoint: &'a Endpoint,
    pool: &'a PgPool,
    health: &'a HealthSender,
    slot: String,
    retention: Duration,
}

impl<'a> Worker<'a> {
    /// A worker for that database, which keeps activities for `retention`.
    pub fn new(
        endpoint: &'a Endpoint,
        pool: &'a PgPool,
        health: &'a HealthSender,
        retention: Duration,
    ) -> Self {
        let slot = replication_slot::slot_name(&endpoint.database);
        Self { endpoint, pool, health, slot, retention }
    }

    /// Works whenever it can acquire the slot. To stop it, drop the future.
    pub async fn run(&self) -> Infallible {
        let mut backoff = Backoff::new(MAX_DELAY);
        loop {
            let Err(error) = self.run_session(&mut backoff).await;
            let delay = if matches!(error, CdcError::SlotInUse) {
                self.health.set_standby();
                STANDBY_POLL_INTERVAL
            } else {
                self.health.set_disconnected();
                let delay = backoff.next_delay();
                warn!(%error, retry_in_ms = delay.as_millis(), "The CDC worker stopped; retrying");
                delay
            };
            sleep(delay).await;
        }
    }

    /// Acquires the slot and works until something fails. What isn't committed by then is discarded:
    /// Postgres sends it again.
    async fn run_session(&self, backoff: &mut Backoff) -> Result<Infallible, CdcError> {
        replication_slot::ensure_free_slot(self.endpoint, self.pool, &self.slot).await?;
        let transport = Transport::open(self.endpoint, &self.slot).await?;
        let epoch = log::head(self.pool).await?.epoch;
        info!(slot = self.slot, "The CDC worker has acquired the replication slot");
        backoff.reset();
        self.health.set_active();
        reached(CrashPoint::SlotAcquired).await;
        let session = Session {
            pool: self.pool,
            health: self.health,
            epoch,
            transport,
            assembly: Assembly::new(BATCH_LIMITS),
            batch: Batch::default(),
            writer: None,
        };
        tokio::select! {
            ended = session.run() => ended,
            never = retention::enforce_periodically(self.pool, self.retention) => match never {},
        }
    }
}

async fn with_write_timeout<T>(
    write: impl Future<Output = Result<T, CdcError>>,
) -> Result<T, CdcError> {
    timeout(WRITE_TIMEOUT, write).await.map_err(|_| CdcError::WriteTimeout(WRITE_TIMEOUT))?
}

/// Chunks that are read and not yet written.
#[derive(Debug, Default)]
struct Batch {
    chunks: Vec<Chunk>,
    rows: usize,
    bytes: usize,
}

impl Batch {
    fn push(&mut self, chunk: Chunk) {
        self.rows += chunk.changes.len();
        self.bytes += chunk.bytes;
        self.chunks.push(chunk);
    }

    fn is_full(&self) -> bool {
        self.rows >= BATCH_LIMITS.rows || self.bytes >= BATCH_LIMITS.bytes
    }
}

/// The work from acquiring the slot to releasing it.
struct Session<'a> {
    pool: &'a PgPool,
    health: &'a HealthSender,
    /// The epoch that this session writes. An epoch that begins after the slot was lost is written by
    /// another session.
    epoch: Epoch,
    transport: Transport,
    assembly: Assembly,
    batch: Batch,
    /// Open from the first chunk of a transaction to its last.
    writer: Option<LogWriter>,
}

impl Session<'_> {
    async fn run(mut self) -> Result<Infallible, CdcError> {
        loop {
            let frame = self.transport.next().await?;
            self.accept(&frame)?;
            // Frames that are already buffered join the batch: under load, batches grow instead of
            // the lag.
            while !self.batch.is_full()
                && let Some(frame) = self.transport.next_buffered()?
            {
                self.accept(&frame)?;
            }
            if self.assembly.open_transaction().is_some() {
                reached(CrashPoint::TransactionPartiallyRead).await;
            }
            with_write_timeout(self.write_batch()).await?;
        }
    }

    fn accept(&mut self, frame: &Frame) -> Result<(), CdcError> {
        match frame {
            Frame::KeepAlive { end } => {
                self.health.record_received(*end);
                // Otherwise Postgres would retain the WAL of unpublished tables for this slot.
                if self.is_idle() {
                    self.transport.acknowledge(*end);
                }
            }
            Frame::Begin(commit) => self.health.record_unwritten_commit(commit.at),
            Frame::Commit { end } => self.health.record_received(*end),
            Frame::Message { .. } | Frame::Data(_) => {}
        }
        if let Some(chunk) = self.assembly.accept(frame)? {
            self.batch.push(chunk);
        }
        Ok(())
    }

    /// Whether everything that was received is committed to the log.
    fn is_idle(&self) -> bool {
        self.assembly.open_transaction().is_none()
            && self.batch.chunks.is_empty()
            && self.writer.is_none()
    }

    /// Appends the batch to the log. When the batch ends within a source transaction, the log's
    /// transaction stays open for the rest of it.
    async fn write_batch(&mut self) -> Result<(), CdcError> {
        let Batch { chunks, .. } = mem::take(&mut self.batch);
        let Some(last) = chunks.last().map(|chunk| chunk.end) else { return Ok(()) };
        reached(CrashPoint::TransactionsRead).await;
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            self.append(chunk).await?;
        }
        reached(CrashPoint::ActivitiesInserted).await;
        let ChunkEnd::Committed(end) = last else { return Ok(()) };
        if let Some(writer) = self.writer.take() {
            writer.commit(end).await?;
        }
        reached(CrashPoint::ActivitiesCommitted).await;
        self.transport.acknowledge(end);
        reached(CrashPoint::PositionAcknowledged).await;
        self.health.record_written(self.assembly.open_transaction().map(|commit| commit.at));
        Ok(())
    }

    async fn append(&mut self, chunk: &Chunk) -> Result<(), CdcError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(LogWriter::begin(self.pool, self.epoch).await?),
        };
        writer.append(&chunk.commit, chunk.first_ordinal, &chunk.changes).await?;
        if !chunk.truncated.is_empty() && chunk.commit.lsn >= writer.recorded_lsn() {
            warn!(tables = ?chunk.truncated, "Tables were truncated; the log has no deletions of their rows");
            incident::record_truncation(self.pool, &chunk.truncated).await?;
        }
        Ok(())
    }
}
