//! Assembles transactions from frames.
//!
//! A state machine without I/O. The size of its output is bounded: a huge transaction is emitted in
//! several chunks, which the worker writes in one transaction of its own.

#[cfg(test)]
mod tests;

use std::mem;

use tracing::{debug, warn};

use super::change::{self, ChangeError};
use super::decoder::{self, DecodeError, Message};
use super::frame::Frame;
use super::relation::{Relation, RelationId, Relations, UnknownRelation};
use activity::log::Part;
use activity::{Commit, Lsn, NewActivity};
use db::actor::{Actor, MESSAGE_PREFIX};

/// The size at which a part of a transaction is emitted before the transaction is complete.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of activities.
    pub rows: usize,
    /// The size in bytes, as received from Postgres.
    pub bytes: usize,
}

/// A part of a transaction; usually all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The transaction.
    pub commit: Commit,
    /// The index of the first change within the transaction.
    pub first_ordinal: i32,
    /// The changes, in order.
    pub changes: Vec<NewActivity>,
    /// Published tables that were truncated.
    pub truncated: Vec<String>,
    /// The size in bytes, as received from Postgres.
    pub bytes: usize,
    /// Whether the transaction ends with this chunk.
    pub end: ChunkEnd,
}

impl Chunk {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.truncated.is_empty()
    }

    /// Returns the changes, for the log.
    pub fn part(&self) -> Part<'_> {
        Part { commit: &self.commit, first_ordinal: self.first_ordinal, changes: &self.changes }
    }
}

/// Whether a transaction ends with a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkEnd {
    /// More of the same transaction follows.
    Partial,
    /// The transaction is complete; its commit record ends at this LSN.
    Committed(Lsn),
}

/// The frames don't make a transaction.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// A frame is out of order.
    #[error("{0}")]
    Misplaced(&'static str),
    /// A message can't be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A row belongs to an unknown table.
    #[error(transparent)]
    Relation(#[from] UnknownRelation),
    /// A row can't be converted to an activity.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// There are more changes than ordinals.
    #[error("a transaction has more than 2^31 changes")]
    TooManyChanges,
}

/// The transaction that is being received.
#[derive(Debug)]
struct OpenTransaction {
    commit: Commit,
    /// Set by the first logical message, which must precede the first row.
    actor: Option<Actor>,
    first_ordinal: i32,
    changes: Vec<NewActivity>,
    truncated: Vec<String>,
    bytes: usize,
}

/// The state machine. A new one is needed for each connection, because Postgres describes tables
/// again on each.
#[derive(Debug)]
pub struct Assembly {
    limits: Limits,
    relations: Relations,
    open: Option<OpenTransaction>,
}

impl Assembly {
    /// Returns the state before the first frame of a connection.
    pub fn new(limits: Limits) -> Self {
        Self { limits, relations: Relations::default(), open: None }
    }

    /// Returns the transaction that is being received.
    pub fn open_transaction(&self) -> Option<&Commit> {
        self.open.as_ref().map(|open| &open.commit)
    }

    /// Processes the next frame, and returns a chunk when one is complete.
    ///
    /// # Errors
    /// When the frame is out of order or invalid. The state is then unusable: the connection has to
    /// be opened again.
    pub fn accept(&mut self, frame: &Frame) -> Result<Option<Chunk>, AssemblyError> {
        match frame {
            Frame::Begin(commit) => self.begin(*commit)?,
            Frame::Message { prefix, content } if prefix == MESSAGE_PREFIX => {
                self.message(content)?;
            }
            Frame::Message { .. } | Frame::KeepAlive { .. } => {}
            Frame::Data(bytes) => return self.data(bytes),
            Frame::Commit { end } => return self.commit(*end).map(Some),
        }
        Ok(None)
    }

    fn begin(&mut self, commit: Commit) -> Result<(), AssemblyError> {
        if self.open.is_some() {
            return Err(AssemblyError::Misplaced("a transaction begins within another"));
        }
        self.open = Some(OpenTransaction {
            commit,
            actor: None,
            first_ordinal: 0,
            changes: Vec::new(),
            truncated: Vec::new(),
            bytes: 0,
        });
        Ok(())
    }

    fn message(&mut self, content: &[u8]) -> Result<(), AssemblyError> {
        let open = self.open_mut()?;
        let first = open.actor.is_none() && open.first_ordinal == 0 && open.changes.is_empty();
        if !first {
            debug!(commit_lsn = %open.commit.lsn, "Ignored an actor that follows a change");
            return Ok(());
        }
        match serde_json::from_slice(content) {
            Ok(actor) => open.actor = Some(actor),
            Err(error) => {
                warn!(commit_lsn = %open.commit.lsn, %error, "Ignored a malformed actor");
            }
        }
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<Option<Chunk>, AssemblyError> {
        match decoder::decode(bytes)? {
            Message::Relation(relation) => self.relations.describe(relation),
            Message::Row { relation, change } => {
                let relation = self.relations.get(relation)?;
                let open = self.open.as_mut().ok_or(NOT_IN_TRANSACTION)?;
                let actor = open.actor.unwrap_or_default();
                open.changes.extend(change::to_activity(relation, &change, actor)?);
                open.bytes += bytes.len();
            }
            Message::Truncate { relations } => self.truncate(&relations)?,
            Message::Skipped => {}
        }
        self.emit_if_full()
    }

    fn truncate(&mut self, ids: &[RelationId]) -> Result<(), AssemblyError> {
        let relations: Vec<&Relation> =
            ids.iter().map(|id| self.relations.get(*id)).collect::<Result<_, _>>()?;
        let tracked = relations.into_iter().filter(|relation| change::is_tracked(relation));
        let open = self.open.as_mut().ok_or(NOT_IN_TRANSACTION)?;
        open.truncated.extend(tracked.map(|relation| relation.name.clone()));
        Ok(())
    }

    /// Emits a part of the transaction once it exceeds the limits.
    fn emit_if_full(&mut self) -> Result<Option<Chunk>, AssemblyError> {
        let Some(open) = &mut self.open else { return Ok(None) };
        if open.changes.len() < self.limits.rows && open.bytes < self.limits.bytes {
            return Ok(None);
        }
        open.take_chunk(ChunkEnd::Partial).map(Some)
    }

    fn commit(&mut self, end: Lsn) -> Result<Chunk, AssemblyError> {
        self.open.take().ok_or(NOT_IN_TRANSACTION)?.take_chunk(ChunkEnd::Committed(end))
    }

    fn open_mut(&mut self) -> Result<&mut OpenTransaction, AssemblyError> {
        self.open.as_mut().ok_or(NOT_IN_TRANSACTION)
    }
}

const NOT_IN_TRANSACTION: AssemblyError =
    AssemblyError::Misplaced("a frame is not within a transaction");

impl OpenTransaction {
    fn take_chunk(&mut self, end: ChunkEnd) -> Result<Chunk, AssemblyError> {
        let changes = mem::take(&mut self.changes);
        let first_ordinal = self.first_ordinal;
        self.first_ordinal = i32::try_from(changes.len())
            .ok()
            .and_then(|count| first_ordinal.checked_add(count))
            .ok_or(AssemblyError::TooManyChanges)?;
        Ok(Chunk {
            commit: self.commit,
            first_ordinal,
            changes,
            truncated: mem::take(&mut self.truncated),
            bytes: mem::take(&mut self.bytes),
            end,
        })
    }
}
