//! The loop: take the slot, read, write to the log, acknowledge.

use std::convert::Infallible;
use std::mem;
use std::time::Duration;

use contract::Epoch;
use sqlx::PgPool;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::assembly::{Assembly, Chunk, Limits, Then};
use super::backoff::Backoff;
use super::frame::Frame;
use super::health::HealthSender;
use super::transport::Transport;
use super::{CdcError, incident, retention, slot};
use activity::log::{self, Writer};
use db::Endpoint;
use db::crash_point::{CrashPoint, reached};

/// How often a node that stands by looks whether the slot is free.
const STANDBY_POLL: Duration = Duration::from_millis(500);

/// How long the database may take for one step. A connection that leads nowhere must not keep the
/// slot from a node that could do the work.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// How much is written to the log at once: large enough to keep up with a burst, small enough to
/// be held in memory.
const BATCH: Limits = Limits { rows: 1000, bytes: 1 << 20 };

/// One node's worker.
#[derive(Debug)]
pub struct Worker<'a> {
    endpoint: &'a Endpoint,
    pool: &'a PgPool,
    health: &'a HealthSender,
    slot: String,
    retention: Duration,
}

impl<'a> Worker<'a> {
    /// The worker for that database, whose log is kept for `retention`.
    pub fn new(
        endpoint: &'a Endpoint,
        pool: &'a PgPool,
        health: &'a HealthSender,
        retention: Duration,
    ) -> Self {
        Self { endpoint, pool, health, slot: slot::name(&endpoint.database), retention }
    }

    /// Works whenever the slot can be had. Dropping it is the way to stop it.
    pub async fn run(&self) -> Infallible {
        let mut backoff = Backoff::new();
        loop {
            let Err(error) = self.hold_slot(&mut backoff).await;
            let pause = if matches!(error, CdcError::SlotHeld) {
                self.health.standing_by();
                STANDBY_POLL
            } else {
                self.health.disconnected();
                let pause = backoff.step();
                warn!(%error, retry_in_ms = pause.as_millis(), "the CDC worker starts over");
                pause
            };
            sleep(pause).await;
        }
    }

    /// Takes the slot and works until something fails. What isn't durable by then is forgotten:
    /// the slot has it still.
    async fn hold_slot(&self, backoff: &mut Backoff) -> Result<Infallible, CdcError> {
        slot::prepare(self.endpoint, self.pool, &self.slot).await?;
        let transport = Transport::open(self.endpoint, &self.slot).await?;
        let epoch = log::head(self.pool).await?.epoch;
        info!(slot = self.slot, "the CDC worker holds the replication slot");
        backoff.reset();
        self.health.holding();
        reached(CrashPoint::SlotTaken).await;
        let session = Session {
            pool: self.pool,
            health: self.health,
            epoch,
            transport,
            assembly: Assembly::new(BATCH),
            batch: Batch::default(),
            writer: None,
        };
        tokio::select! {
            ended = session.run() => ended,
            never = retention::watch(self.pool, self.retention) => match never {},
        }
    }
}

async fn in_time<T>(step: impl Future<Output = Result<T, CdcError>>) -> Result<T, CdcError> {
    timeout(STEP_TIMEOUT, step).await.map_err(|_| CdcError::Stuck(STEP_TIMEOUT))?
}

/// What is ready to be written.
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
        self.rows >= BATCH.rows || self.bytes >= BATCH.bytes
    }
}

/// The work from taking the slot to losing it.
struct Session<'a> {
    pool: &'a PgPool,
    health: &'a HealthSender,
    /// The log that is written. Another one, begun after the slot was lost, has another worker.
    epoch: Epoch,
    transport: Transport,
    assembly: Assembly,
    batch: Batch,
    /// Open from the first chunk of a transaction to its last.
    writer: Option<Writer>,
}

impl Session<'_> {
    async fn run(mut self) -> Result<Infallible, CdcError> {
        loop {
            let frame = self.transport.next().await?;
            self.accept(&frame)?;
            // What has come in the meantime is written along: under load, batches grow instead of
            // the lag.
            while !self.batch.is_full()
                && let Some(frame) = self.transport.arrived()?
            {
                self.accept(&frame)?;
            }
            if self.assembly.open().is_some() {
                reached(CrashPoint::PartRead).await;
            }
            in_time(self.record()).await?;
        }
    }

    fn accept(&mut self, frame: &Frame) -> Result<(), CdcError> {
        match frame {
            Frame::KeepAlive { end } => {
                self.health.heard(*end);
                // Without this, a database whose other tables are busy would keep WAL for us
                // that concerns us not at all.
                if self.is_idle() {
                    self.transport.acknowledge(*end);
                }
            }
            Frame::Begin(commit) => self.health.fell_behind(commit.at),
            Frame::Commit { end } => self.health.heard(*end),
            Frame::Message { .. } | Frame::Data(_) => {}
        }
        if let Some(chunk) = self.assembly.accept(frame)? {
            self.batch.push(chunk);
        }
        Ok(())
    }

    /// Whether all that has come is durable.
    fn is_idle(&self) -> bool {
        self.assembly.open().is_none() && self.batch.chunks.is_empty() && self.writer.is_none()
    }

    /// Writes the batch. When it ends within a transaction, the log's transaction stays open for
    /// the rest.
    async fn record(&mut self) -> Result<(), CdcError> {
        let Batch { chunks, .. } = mem::take(&mut self.batch);
        let Some(last) = chunks.last().map(|chunk| chunk.then) else { return Ok(()) };
        reached(CrashPoint::Read).await;
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            self.append(chunk).await?;
        }
        reached(CrashPoint::Inserted).await;
        let Then::Done(end) = last else { return Ok(()) };
        if let Some(writer) = self.writer.take() {
            writer.finish(end).await?;
        }
        reached(CrashPoint::Durable).await;
        self.transport.acknowledge(end);
        reached(CrashPoint::Acknowledged).await;
        self.health.recorded(self.assembly.open().map(|commit| commit.at));
        Ok(())
    }

    async fn append(&mut self, chunk: &Chunk) -> Result<(), CdcError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(Writer::begin(self.pool, self.epoch).await?),
        };
        writer.append(&chunk.commit, chunk.first_ordinal, &chunk.changes).await?;
        if !chunk.truncated.is_empty() && chunk.commit.lsn >= writer.recorded() {
            warn!(tables = ?chunk.truncated, "tables were truncated: no activities tell of it");
            incident::truncated(self.pool, &chunk.truncated).await?;
        }
        Ok(())
    }
}
