//! The connection's side of a registered stream.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use contract::event::EndCode;
use contract::{Cursor, OrganizationId, Position, Role};

use super::{Delivery, Registry, Signal, Subscriber};
use crate::scope::Scope;

/// A user's access at the position up to which a node has routed.
#[derive(Clone, Debug)]
pub struct RoutedView {
    /// The epoch and the position.
    pub routed: Cursor,
    /// The organizations of which the user is a member there.
    pub roles: HashMap<OrganizationId, Role>,
}

/// The result of giving a user's memberships to the router: whether the queue holds everything since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadOutcome {
    /// Everything after the head at which the memberships were read.
    QueueIsComplete,
    /// Not everything: activities after the head were routed while the router didn't know yet that the user
    /// receives them.
    RoutedBeyondHead,
    /// The log was reset since the memberships were read. They must be read again.
    Outdated,
}

/// A stream's entry in the registry. Dropping it removes the entry.
#[derive(Debug)]
pub struct Registration {
    registry: Arc<Registry>,
    subscriber: Arc<Subscriber>,
}

impl Registration {
    pub(super) fn new(registry: Arc<Registry>, subscriber: Arc<Subscriber>) -> Self {
        Self { registry, subscriber }
    }

    /// Whether the user's memberships must be read from the database and given to
    /// [`Self::load_memberships`].
    #[must_use]
    pub fn needs_memberships(&self) -> bool {
        !self.registry.lock().members.has_loaded(self.subscriber.user_id)
    }

    /// Stores the user's memberships, which were read from the database together with the head of the log,
    /// after the registration and [`Self::reopen`].
    pub fn load_memberships(
        &self,
        head: Cursor,
        memberships: &[(OrganizationId, Role)],
    ) -> LoadOutcome {
        let mut inner = self.registry.lock();
        let user = self.subscriber.user_id;
        if inner.members.has_loaded(user) {
            return LoadOutcome::QueueIsComplete;
        }
        if self.subscriber.is_lagged() {
            return LoadOutcome::Outdated;
        }
        inner.members.load_memberships(user, memberships);
        match inner.routed {
            Some(routed) if routed.epoch == head.epoch && routed.position > head.position => {
                LoadOutcome::RoutedBeyondHead
            }
            _ => LoadOutcome::QueueIsComplete,
        }
    }

    /// Why the stream has to end at once; none while it may go on.
    #[must_use]
    pub fn end_code(&self) -> Option<EndCode> {
        self.subscriber.end_code()
    }

    /// The next item of the queue, if there is one.
    #[must_use]
    pub fn pop(&self) -> Option<Delivery> {
        self.subscriber.pop()
    }

    /// Waits for what the connection has to do next.
    pub async fn next_signal(&self) -> Signal {
        self.subscriber.next_signal().await
    }

    /// The position up to which this node has routed: every frame up to it is or was in the queue.
    /// None when the stream lagged and a frame was dropped.
    #[must_use]
    pub fn routed(&self) -> Option<Position> {
        let inner = self.registry.lock();
        let routed = inner.routed.map_or(Position(0), |cursor| cursor.position);
        (!self.subscriber.is_lagged()).then_some(routed)
    }

    /// Waits until this node has routed up to this cursor, or continues with another epoch.
    pub async fn wait_until_routed(&self, cursor: Cursor) {
        let mut routed = self.registry.routed.subscribe();
        let is_reached = |routed: &Option<Cursor>| {
            routed.is_some_and(|routed| {
                routed.epoch != cursor.epoch || routed.position >= cursor.position
            })
        };
        // The registry, and so the sender, lives as long as this registration.
        let _ = routed.wait_for(is_reached).await;
    }

    /// How far this node has routed, and the user's roles there. None while either isn't known.
    #[must_use]
    pub fn view(&self) -> Option<RoutedView> {
        let inner = self.registry.lock();
        Some(RoutedView {
            routed: inner.routed?,
            roles: inner.members.roles(self.subscriber.user_id)?,
        })
    }

    /// Lets the queue fill again after the stream lagged. The caller must read the log after this
    /// call, since the frames dropped until now are only there.
    pub fn reopen(&self) {
        self.subscriber.clear_lagged();
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let Subscriber { id, user_id, scope, .. } = *self.subscriber;
        let mut inner = self.registry.lock();
        inner.open -= 1;
        remove(&mut inner.by_user, user_id, id);
        if let Scope::Organization(organization) = scope {
            remove(&mut inner.by_organization, organization, id);
        }
        if !inner.by_user.contains_key(&user_id) {
            inner.members.remove_reader(user_id);
        }
    }
}

fn remove<K: Eq + Hash>(subscribers: &mut HashMap<K, Vec<Arc<Subscriber>>>, key: K, id: u64) {
    if let Entry::Occupied(mut entry) = subscribers.entry(key) {
        entry.get_mut().retain(|subscriber| subscriber.id != id);
        if entry.get().is_empty() {
            entry.remove();
        }
    }
}
