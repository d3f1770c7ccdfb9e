//! The latest part of the log, in memory and indexed by organization and by user, so that readers who
//! reconnect catch up without the database.
//!
//! It holds every activity from its beginning to the newest position that this node has routed, as far as
//! a reader may receive it. When it exceeds its size, the oldest activities are evicted and its beginning
//! moves forward. An organization with more than its share loses its oldest ones before that, so that an
//! import doesn't evict the activities of all others. A cursor before the beginning is answered from the
//! database ([`log::missed`](crate::log::missed)); both give the same answer.

mod entry;
mod fill;
mod index;
mod merge;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use contract::{Cursor, OrganizationId, Position, Role, UserId};

pub use self::entry::Entry;
use self::index::{Index, Range};
use self::merge::Merge;
pub use self::merge::TailActivity;
use super::Activity;
use super::log::missed::{CatchUpLimits, Missed};

/// The part of the tail that one organization may fill.
const SHARE: usize = 4;

/// The part of the tail that entries may fill which no list has any more. They are removed together, as
/// each removal looks at all entries.
const UNLISTED_SHARE: usize = 8;

/// The latest part of the log. `C` is what the reader of the tail stores with each activity, such as its
/// encoded messages.
#[derive(Debug)]
pub struct HotTail<C> {
    inner: RwLock<Inner<C>>,
}

#[derive(Debug)]
struct Inner<C> {
    /// The epoch, and the position after which every activity is here. None before the first
    /// [`HotTail::reset`].
    begin: Option<Cursor>,
    /// Ascending by position.
    entries: VecDeque<Arc<Entry<C>>>,
    index: Index<C>,
    /// The size of the entries, with what is stored with them.
    bytes: usize,
    /// The size of those that no list of the index has any more.
    unlisted_bytes: usize,
    max_bytes: usize,
}

/// The part of the log that a reader asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The reader has received everything up to this cursor.
    pub after: Cursor,
    /// The position up to which this node has routed.
    pub until: Position,
}

impl<C: Default> HotTail<C> {
    /// An empty tail that takes about `max_bytes` of memory at most.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        let inner = Inner {
            begin: None,
            entries: VecDeque::new(),
            index: Index::default(),
            bytes: 0,
            unlisted_bytes: 0,
            max_bytes,
        };
        Self { inner: RwLock::new(inner) }
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner<C>> {
        // A poisoned lock is fine: no code that holds it panics half-way through a change.
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner<C>> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Empties the tail. It continues with the activities after `begin`.
    pub fn reset(&self, begin: Cursor) {
        let mut inner = self.write();
        inner.begin = Some(begin);
        inner.entries.clear();
        inner.index = Index::default();
        (inner.bytes, inner.unlisted_bytes) = (0, 0);
    }

    /// Appends the next activities of the log, oldest first. To be called before they are routed, so that
    /// the tail always has what was routed.
    pub fn append(&self, activities: &[Activity]) {
        let entries: Vec<_> = activities.iter().filter_map(Entry::new).map(Arc::new).collect();
        let mut inner = self.write();
        for entry in entries {
            inner.push_back(entry);
        }
        inner.evict();
    }

    /// Puts older activities before those that are here: `activities`, newest first, are all of the log
    /// after `begin` and at or before `end`. Returns whether there is room for more. Does nothing if the
    /// tail doesn't begin at `end` any more.
    fn prepend(&self, end: Cursor, activities: &[Activity], begin: Position) -> bool {
        let mut inner = self.write();
        if inner.begin != Some(end) {
            return false;
        }
        for activity in activities {
            let Some(entry) = Entry::new(activity) else { continue };
            if inner.bytes + entry.size() > inner.max_listed_bytes() {
                // It isn't here, so the tail begins after it.
                inner.begin = Some(Cursor { position: activity.position, ..end });
                return false;
            }
            inner.push_front(Arc::new(entry));
        }
        inner.begin = Some(Cursor { position: begin, ..end });
        true
    }

    /// The epoch, and the position after which every activity is here. None while it is empty for good.
    #[must_use]
    pub fn begin(&self) -> Option<Cursor> {
        self.read().begin
    }

    /// The memory that the tail takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.read().bytes
    }

    /// Counts memory that the reader of the tail has stored with an entry. May evict entries.
    pub fn count_stored(&self, entry: &Entry<C>, bytes: usize) {
        let mut inner = self.write();
        // An entry that was evicted meanwhile is freed with its last reader.
        if entry.is_listed() {
            entry.count_stored(bytes);
            inner.bytes += bytes;
            inner.evict();
        }
    }

    /// Collects the changes that a user has missed on their own stream. The result equals that of
    /// [`log::missed::for_user`](crate::log::missed::for_user), with `roles` as the user's roles at the end
    /// of the span. None when the tail doesn't reach back to the cursor.
    #[must_use]
    pub fn missed_by_user(
        &self,
        user: UserId,
        roles: &HashMap<OrganizationId, Role>,
        span: Span,
        limits: CatchUpLimits,
    ) -> Option<Missed<TailActivity<C>>> {
        let inner = self.read();
        let range = inner.range(span)?;
        if roles.keys().any(|organization| inner.index.is_trimmed(*organization, range.after)) {
            return None;
        }
        let mut merge = Merge::new(limits);
        for (organization, role) in roles {
            inner.index.collect_shared(*organization, *role, user, range, &mut merge);
        }
        inner.index.collect_own(user, roles, range, &mut merge)?;
        Some(merge.finish())
    }

    /// Collects the changes that a reader of an organization's stream has missed. The result equals that of
    /// [`log::missed::for_organization`](crate::log::missed::for_organization). None when the tail doesn't
    /// reach back to the cursor.
    #[must_use]
    pub fn missed_in_organization(
        &self,
        organization: OrganizationId,
        span: Span,
        limits: CatchUpLimits,
    ) -> Option<Missed<TailActivity<C>>> {
        let inner = self.read();
        let range = inner.range(span)?;
        if inner.index.is_trimmed(organization, range.after) {
            return None;
        }
        let mut merge = Merge::new(limits);
        inner.index.collect_resources(organization, range, &mut merge);
        Some(merge.finish())
    }
}

impl<C> Inner<C> {
    /// The positions of the span, if all of its activities are here.
    fn range(&self, Span { after, until }: Span) -> Option<Range> {
        let begin = self.begin?;
        let is_here = begin.epoch == after.epoch
            && begin.position <= after.position
            && after.position <= until;
        is_here.then_some(Range { after: after.position, until })
    }

    /// The size that the entries may have that readers can find.
    const fn max_listed_bytes(&self) -> usize {
        self.max_bytes - self.max_bytes / UNLISTED_SHARE
    }

    const fn max_bytes_of_organization(&self) -> usize {
        self.max_bytes / SHARE
    }

    fn push_back(&mut self, entry: Arc<Entry<C>>) {
        self.bytes += entry.size();
        self.unlisted_bytes += self.index.push_back(&entry, self.max_bytes_of_organization());
        self.entries.push_back(entry);
        if self.unlisted_bytes > self.max_bytes / UNLISTED_SHARE {
            self.remove_unlisted();
        }
    }

    fn push_front(&mut self, entry: Arc<Entry<C>>) {
        self.index.push_front(&entry, self.max_bytes_of_organization());
        if entry.is_listed() {
            self.bytes += entry.size();
            self.entries.push_front(entry);
        }
    }

    fn remove_unlisted(&mut self) {
        self.entries.retain(|entry| entry.is_listed());
        self.bytes -= self.unlisted_bytes;
        self.unlisted_bytes = 0;
    }

    /// Removes the oldest entries until the rest fits.
    fn evict(&mut self) {
        let begin = self.begin;
        while self.bytes - self.unlisted_bytes > self.max_listed_bytes()
            && let Some(oldest) = self.entries.pop_front()
        {
            self.bytes -= oldest.size();
            if !oldest.is_listed() {
                self.unlisted_bytes -= oldest.size();
                continue;
            }
            self.index.pop_front(&oldest);
            if let Some(begin) = &mut self.begin {
                begin.position = oldest.position();
            }
        }
        if let Some(begin) = self.begin.filter(|_| self.begin != begin) {
            self.index.forget_trimmed(begin.position);
        }
    }
}
