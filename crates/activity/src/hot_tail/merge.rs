//! Merges the activities that a reader has missed: one for each entity.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use contract::{Action, OrganizationId, Position};
use serde_json::Value;
use uuid::Uuid;

use super::entry::Entry;
use crate::ActivityKind;
use crate::log::missed::{CatchUpLimits, Merged, Missed, json_length};

/// The newest activity about an entity, which stands for all activities about it that the reader has
/// missed.
#[derive(Clone, Debug)]
pub struct TailActivity<C> {
    /// The activity.
    pub entry: Arc<Entry<C>>,
    /// How it differs for this reader.
    pub merged: Merged,
}

/// The entities found so far.
#[derive(Debug)]
pub(super) struct Merge<C> {
    limits: CatchUpLimits,
    entities: HashMap<(ActivityKind, Uuid), Entity<C>>,
}

#[derive(Debug)]
struct Entity<C> {
    newest: Arc<Entry<C>>,
    /// The number of bytes that its row adds to the limit.
    row_length: usize,
    was_created: bool,
    changed: BTreeSet<String>,
    unread: Option<Position>,
    shared_as_admin: bool,
    as_quote: bool,
}

/// Why an activity concerns a reader, beside their being its owner or a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concern {
    /// For no other reason.
    Plain,
    /// It marks its organization as unread.
    Unread,
    /// The reader is an admin of an organization that the changed user belongs to too.
    SharedAsAdmin,
    /// An invitation that the reader sees quotes it; they learn of it for no other reason.
    Quote,
}

impl<C> Merge<C> {
    pub(super) fn new(limits: CatchUpLimits) -> Self {
        Self { limits, entities: HashMap::new() }
    }

    /// Adds an activity about its subject.
    pub(super) fn add(&mut self, entry: &Arc<Entry<C>>, concern: Concern) {
        let change = entry.change();
        let entity = self.entity((change.kind, change.subject_id), entry, entry.row_length);
        entity.was_created |= change.action == Action::Created;
        for field in &change.changed {
            if !entity.changed.contains(field) {
                entity.changed.insert(field.clone());
            }
        }
        let is_unread = concern == Concern::Unread;
        entity.unread = entity.unread.max(is_unread.then_some(entry.position()));
        entity.shared_as_admin |= concern == Concern::SharedAsAdmin;
        entity.as_quote &= concern == Concern::Quote;
    }

    /// Adds a change of a resource as a mark of its organization. Its row isn't sent.
    pub(super) fn add_mark(&mut self, organization: OrganizationId, entry: &Arc<Entry<C>>) {
        let key = (entry.change().kind, organization.uuid());
        let entity = self.entity(key, entry, json_length(&Value::Null));
        entity.unread = Some(entry.position());
        entity.as_quote = false;
    }

    /// The entity, of which `entry` may be the newest activity.
    fn entity(
        &mut self,
        key: (ActivityKind, Uuid),
        entry: &Arc<Entry<C>>,
        row_length: usize,
    ) -> &mut Entity<C> {
        let entity = self.entities.entry(key).or_insert_with(|| Entity {
            newest: Arc::clone(entry),
            row_length,
            was_created: false,
            changed: BTreeSet::new(),
            unread: None,
            shared_as_admin: false,
            as_quote: true,
        });
        if entity.newest.position() < entry.position() {
            entity.newest = Arc::clone(entry);
            entity.row_length = row_length;
        }
        entity
    }

    /// The activities in the order of the log, if the limits allow them.
    pub(super) fn finish(self) -> Missed<TailActivity<C>> {
        let bytes: usize = self.entities.values().map(|entity| entity.row_length).sum();
        let most = usize::try_from(self.limits.entities).unwrap_or_default();
        if self.entities.len() > most || bytes > self.limits.bytes {
            return Missed::TooMuch;
        }
        let mut activities: Vec<_> = self.entities.into_values().map(Entity::describe).collect();
        activities.sort_unstable_by_key(|activity| activity.entry.position());
        Missed::Activities(activities)
    }
}

impl<C> Entity<C> {
    fn describe(self) -> TailActivity<C> {
        let merged = Merged::new(
            self.newest.change().action,
            self.was_created,
            self.changed.into_iter().collect(),
            self.unread,
            self.shared_as_admin,
            self.as_quote,
        );
        TailActivity { entry: self.newest, merged }
    }
}
