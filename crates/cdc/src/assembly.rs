//! Puts transactions together again from the frames they come in.
//!
//! A pure state machine. What it gives out is bounded: a huge transaction comes in several chunks,
//! which the worker writes in one transaction of its own.

#[cfg(test)]
mod tests;

use std::mem;

use tracing::{debug, warn};

use super::change::{self, ChangeError};
use super::decoder::{self, DecodeError, Message};
use super::frame::Frame;
use super::relation::{Relation, RelationId, Relations, UnknownRelation};
use activity::{Commit, Lsn, NewActivity};
use db::actor::{Actor, MESSAGE_PREFIX};

/// When a transaction is handed on before it is complete.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// At so many activities.
    pub rows: usize,
    /// At so many bytes, as Postgres sent them.
    pub bytes: usize,
}

/// Part of a transaction; mostly all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The transaction.
    pub commit: Commit,
    /// The place of the first change within the transaction.
    pub first_ordinal: i32,
    /// What changed, in order.
    pub changes: Vec<NewActivity>,
    /// Our tables that were emptied.
    pub truncated: Vec<String>,
    /// How large all this was when it came.
    pub bytes: usize,
    /// What comes after it.
    pub then: Then,
}

impl Chunk {
    /// Whether there is anything in it to write down.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.truncated.is_empty()
    }
}

/// What comes after a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// More of the same transaction.
    More,
    /// Another transaction: this one's commit record ends there.
    Done(Lsn),
}

/// The frames don't make a transaction.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// A frame came where it makes no sense.
    #[error("{0}")]
    Misplaced(&'static str),
    /// A message can't be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A row's table is unknown.
    #[error(transparent)]
    Relation(#[from] UnknownRelation),
    /// A row can't be an activity.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// There are more changes than ordinals.
    #[error("a transaction has more than 2^31 changes")]
    TooManyChanges,
}

/// What has come of the transaction under way.
#[derive(Debug)]
struct Open {
    commit: Commit,
    /// Who did it. The first message decides, and must come before the first row.
    actor: Option<Actor>,
    first_ordinal: i32,
    changes: Vec<NewActivity>,
    truncated: Vec<String>,
    bytes: usize,
}

/// The state machine. One for each connection: tables are described anew on each.
#[derive(Debug)]
pub struct Assembly {
    limits: Limits,
    relations: Relations,
    open: Option<Open>,
}

impl Assembly {
    /// Before the first frame of a connection.
    pub fn new(limits: Limits) -> Self {
        Self { limits, relations: Relations::default(), open: None }
    }

    /// The transaction under way.
    pub fn open(&self) -> Option<&Commit> {
        self.open.as_ref().map(|open| &open.commit)
    }

    /// Takes the next frame in, and gives a chunk out when one is complete.
    ///
    /// # Errors
    /// When the frame doesn't fit. There is no going on from there but to read again from the slot.
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
        self.open = Some(Open {
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
            debug!(commit_lsn = %open.commit.lsn, "an actor was named too late: ignored");
            return Ok(());
        }
        match serde_json::from_slice(content) {
            Ok(actor) => open.actor = Some(actor),
            Err(error) => {
                warn!(commit_lsn = %open.commit.lsn, %error, "a malformed actor was ignored");
            }
        }
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<Option<Chunk>, AssemblyError> {
        match decoder::decode(bytes)? {
            Message::Relation(relation) => self.relations.describe(relation),
            Message::Row { relation, change } => {
                let relation = self.relations.get(relation)?;
                let open = self.open.as_mut().ok_or(OUTSIDE)?;
                let actor = open.actor.unwrap_or_default();
                open.changes.extend(change::activity(relation, &change, actor)?);
                open.bytes += bytes.len();
            }
            Message::Truncate { relations } => self.truncate(&relations)?,
            Message::Skipped => {}
        }
        self.overflow()
    }

    fn truncate(&mut self, ids: &[RelationId]) -> Result<(), AssemblyError> {
        let relations: Vec<&Relation> =
            ids.iter().map(|id| self.relations.get(*id)).collect::<Result<_, _>>()?;
        let tracked = relations.into_iter().filter(|relation| change::is_tracked(relation));
        let open = self.open.as_mut().ok_or(OUTSIDE)?;
        open.truncated.extend(tracked.map(|relation| relation.name.clone()));
        Ok(())
    }

    /// Hands on what there is of a transaction that has grown too large to hold.
    fn overflow(&mut self) -> Result<Option<Chunk>, AssemblyError> {
        let Some(open) = &mut self.open else { return Ok(None) };
        if open.changes.len() < self.limits.rows && open.bytes < self.limits.bytes {
            return Ok(None);
        }
        open.take(Then::More).map(Some)
    }

    fn commit(&mut self, end: Lsn) -> Result<Chunk, AssemblyError> {
        self.open.take().ok_or(OUTSIDE)?.take(Then::Done(end))
    }

    fn open_mut(&mut self) -> Result<&mut Open, AssemblyError> {
        self.open.as_mut().ok_or(OUTSIDE)
    }
}

const OUTSIDE: AssemblyError = AssemblyError::Misplaced("a change comes outside of a transaction");

impl Open {
    fn take(&mut self, then: Then) -> Result<Chunk, AssemblyError> {
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
            then,
        })
    }
}
