//! The work from acquiring the slot to releasing it: read frames, append to the log, acknowledge.

use std::convert::Infallible;
use std::mem;
use std::time::{Duration, Instant};

use contract::Epoch;
use sqlx::PgPool;
use tokio::time::timeout;
use tracing::field::display;
use tracing::{Span, debug, instrument, warn};

use super::Worker;
use crate::CdcError;
use crate::assembly::{Assembly, Chunk, ChunkEnd, Limits};
use crate::frame::Frame;
use crate::health::HealthSender;
use crate::transport::Transport;
use activity::local_feed::CommittedBatch;
use activity::log::{self, LogError, LogWriter, Part, SmallBatch};
use activity::{Lsn, NewActivity};
use db::crash_point::{CrashPoint, reached};

/// How long writing one batch may take. A worker whose database connection is dead must not keep the
/// slot from a node whose connection works.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection may be silent before the worker asks whether Postgres still knows it. A
/// quiet connection isn't silent, because Postgres sends keep-alives; one that decodes a large
/// transaction of other tables is.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a silent connection is kept although Postgres doesn't answer the question.
const MAX_SILENCE_WITHOUT_ANSWER: Duration = Duration::from_secs(30);

/// The shortest time between two records of a position before which Postgres has no changes.
const IDLE_RECORD_INTERVAL: Duration = Duration::from_secs(2);

/// The size of a batch: large enough to keep up with a burst, small enough to fit in memory.
const BATCH_LIMITS: Limits = Limits { rows: 4000, bytes: 1 << 20 };

/// Chunks that are read and not yet written.
#[derive(Debug, Default)]
struct Batch {
    chunks: Vec<Chunk>,
    rows: usize,
    bytes: usize,
    /// The newest position before which Postgres has no more changes than those received.
    idle_end: Option<Lsn>,
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

/// Whether one statement appended a batch to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Appended {
    Yes,
    /// Nothing was written.
    No,
}

/// One connection's work.
pub(super) struct Session<'a> {
    worker: &'a Worker<'a>,
    /// The epoch that this session writes. An epoch that begins after the slot was lost is written by
    /// another session.
    epoch: Epoch,
    /// The position that the log has recorded, as this session knows it.
    recorded: Lsn,
    idle_recorded_at: Instant,
    /// The acknowledged position, for the worker.
    acknowledged: &'a mut Lsn,
    transport: Transport,
    assembly: Assembly,
    batch: Batch,
    /// Open from the first chunk of a transaction to its last.
    writer: Option<LogWriter>,
}

impl<'a> Session<'a> {
    /// Returns a session that reads from `transport`.
    ///
    /// # Errors
    /// When the log can't be read.
    pub(super) async fn open(
        worker: &'a Worker<'a>,
        transport: Transport,
        acknowledged: &'a mut Lsn,
    ) -> Result<Self, CdcError> {
        let (epoch, recorded) = log::recorded(worker.pool).await?;
        Ok(Self {
            worker,
            epoch,
            recorded,
            idle_recorded_at: Instant::now(),
            acknowledged,
            transport,
            assembly: Assembly::new(BATCH_LIMITS),
            batch: Batch::default(),
            writer: None,
        })
    }

    /// Works until something fails.
    pub(super) async fn run(mut self) -> Result<Infallible, CdcError> {
        loop {
            let frame = self.next_frame().await?;
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
            let write = self.write_batch();
            timeout(WRITE_TIMEOUT, write)
                .await
                .map_err(|_| CdcError::WriteTimeout(WRITE_TIMEOUT))??;
        }
    }

    /// Waits for the next frame for as long as Postgres knows the connection.
    async fn next_frame(&mut self) -> Result<Frame, CdcError> {
        let silent_since = Instant::now();
        loop {
            if let Ok(frame) = timeout(SILENCE_TIMEOUT, self.transport.next()).await {
                return frame;
            }
            match timeout(SILENCE_TIMEOUT, self.is_known()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return Err(CdcError::ConnectionLost),
                Ok(Err(_)) | Err(_) if silent_since.elapsed() < MAX_SILENCE_WITHOUT_ANSWER => {}
                Ok(Err(_)) | Err(_) => return Err(CdcError::ConnectionLost),
            }
        }
    }

    async fn is_known(&self) -> Result<bool, sqlx::Error> {
        let Worker { pool, slot, application_name, .. } = self.worker;
        crate::replication_slot::is_read_by(pool, slot, application_name).await
    }

    fn accept(&mut self, frame: &Frame) -> Result<(), CdcError> {
        match frame {
            Frame::KeepAlive { end } if self.assembly.open_transaction().is_none() => {
                self.batch.idle_end = Some(*end);
            }
            Frame::Begin(commit) => self.health().record_unwritten_commit(commit.at),
            _ => {}
        }
        if let Some(chunk) = self.assembly.accept(frame)? {
            self.batch.push(chunk);
        }
        Ok(())
    }

    /// Appends the batch to the log. When the batch ends within a source transaction, the log's
    /// transaction stays open for the rest of it.
    async fn write_batch(&mut self) -> Result<(), CdcError> {
        let Batch { chunks, rows, idle_end, .. } = mem::take(&mut self.batch);
        if let (Some(first), Some(last)) = (chunks.first(), chunks.last()) {
            self.write_chunks(&chunks, rows, first.commit.lsn, last.end).await?;
        }
        if let Some(end) = idle_end.filter(|_| self.writer.is_none()) {
            self.record_idle(end).await?;
        }
        Ok(())
    }

    /// Appends the chunks, and commits unless their last transaction goes on. The fields say which part
    /// of the WAL they are, and by whom and where the changes were made if that is the same for all.
    #[instrument(
        name = "cdc_batch",
        level = "error",
        skip_all,
        fields(
            epoch = %self.epoch,
            %first_lsn,
            end_lsn,
            rows = i64::try_from(rows).ok(),
            position,
            user_id = only(chunks, |change| change.actor_id).map(display),
            organization_id = only(chunks, |change| change.organization_id).map(display),
            mutation_id = only(chunks, |change| change.mutation_id).map(display),
        )
    )]
    async fn write_chunks(
        &mut self,
        chunks: &[Chunk],
        rows: usize,
        first_lsn: Lsn,
        last: ChunkEnd,
    ) -> Result<(), CdcError> {
        reached(CrashPoint::TransactionsRead).await;
        let appended = match last {
            ChunkEnd::Committed(end) => self.append_small_batch(chunks, end).await?,
            ChunkEnd::Partial => Appended::No,
        };
        if appended == Appended::No {
            self.append(chunks).await?;
            reached(CrashPoint::ActivitiesInserted).await;
            match last {
                ChunkEnd::Committed(end) => self.commit(end).await?,
                ChunkEnd::Partial => return Ok(()),
            }
        }
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            self.health().record_logged_commit(chunk.commit.at);
        }
        Ok(())
    }

    /// Appends and commits the chunks with one statement if possible, acknowledges them, and hands them to
    /// the tail of this node.
    async fn append_small_batch(
        &mut self,
        chunks: &[Chunk],
        end: Lsn,
    ) -> Result<Appended, CdcError> {
        if self.writer.is_some() || chunks.iter().any(|chunk| !chunk.truncated.is_empty()) {
            return Ok(Appended::No);
        }
        let parts: Vec<Part<'_>> = chunks.iter().map(Chunk::part).collect();
        let (epoch, recorded) = (self.epoch, self.recorded);
        let outcome = log::append_small_batch(self.pool(), epoch, recorded, &parts, end).await?;
        let SmallBatch::Appended(activities) = outcome else { return Ok(Appended::No) };
        if let Some(newest) = activities.last() {
            Span::current().record("position", newest.position.0);
        }
        let activities = activities.into();
        self.worker.feed.send(CommittedBatch { epoch, activities });
        self.finish_commit(end).await;
        Ok(Appended::Yes)
    }

    /// Acknowledges what was committed, up to `end`.
    async fn finish_commit(&mut self, end: Lsn) {
        Span::current().record("end_lsn", display(end));
        debug!("Wrote a batch");
        self.recorded = self.recorded.max(end);
        reached(CrashPoint::ActivitiesCommitted).await;
        self.acknowledge();
        reached(CrashPoint::PositionAcknowledged).await;
        self.record_written(end);
    }

    fn record_written(&self, end: Lsn) {
        let open = self.assembly.open_transaction().map(|commit| commit.at);
        self.health().record_written(end, open);
    }

    /// Commits what was appended, and acknowledges the source transaction that ends at `end`.
    async fn commit(&mut self, end: Lsn) -> Result<(), CdcError> {
        // Transactions without a change for the log are recorded when Postgres is idle.
        if let Some(writer) = self.writer.take() {
            let position = writer.commit(end).await?;
            Span::current().record("position", position.0);
            self.finish_commit(end).await;
        } else {
            self.record_written(end);
        }
        Ok(())
    }

    /// Records that there is nothing to write before `end`. Otherwise Postgres would retain the WAL of
    /// unpublished tables for this slot.
    async fn record_idle(&mut self, end: Lsn) -> Result<(), CdcError> {
        if end > self.recorded && self.idle_recorded_at.elapsed() >= IDLE_RECORD_INTERVAL {
            log::record_idle(self.pool(), self.epoch, self.recorded, end).await?;
            self.idle_recorded_at = Instant::now();
            self.recorded = end;
            self.acknowledge();
        }
        self.record_written(end);
        Ok(())
    }

    /// Acknowledges what is recorded, and no more: a slot that is ahead of the log shows that the log
    /// was restored from a backup.
    fn acknowledge(&mut self) {
        self.transport.acknowledge(self.recorded);
        *self.acknowledged = self.recorded;
    }

    async fn append(&mut self, chunks: &[Chunk]) -> Result<(), CdcError> {
        if chunks.iter().all(Chunk::is_empty) {
            return Ok(());
        }
        if self.writer.is_none() {
            let writer = LogWriter::begin(self.pool(), self.epoch).await?;
            if writer.recorded_lsn() != self.recorded {
                return Err(LogError::ChangedByOthers.into());
            }
            self.writer = Some(writer);
        }
        let writer = self.writer.as_mut().expect("it was just opened");
        let parts: Vec<Part<'_>> = chunks.iter().map(Chunk::part).collect();
        writer.append(&parts).await?;
        let is_new = |chunk: &&Chunk| chunk.commit.lsn >= writer.recorded_lsn();
        let truncated: Vec<&str> =
            chunks.iter().filter(is_new).flat_map(|it| &it.truncated).map(String::as_str).collect();
        if !truncated.is_empty() {
            let tables = truncated.join(", ");
            warn!(tables, "Tables were truncated; the log has no deletions of their rows");
            self.epoch =
                writer.begin_new_epoch(&format!("tables were truncated: {tables}")).await?;
        }
        Ok(())
    }

    const fn pool(&self) -> &'a PgPool {
        self.worker.pool
    }

    const fn health(&self) -> &'a HealthSender {
        self.worker.health
    }
}

/// Returns the value that all changes have; none when they differ or one has none.
fn only<T: Copy + PartialEq>(
    chunks: &[Chunk],
    value: impl Fn(&NewActivity) -> Option<T>,
) -> Option<T> {
    let mut values = chunks.iter().flat_map(|chunk| &chunk.changes).map(value);
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}
