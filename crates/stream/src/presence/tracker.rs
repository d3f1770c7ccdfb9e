//! The readers of this node by organization, and the presence that their streams last received.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::event::PresenceSnapshot;
use contract::{OrganizationId, UserId};
use tokio::sync::{Notify, watch};

/// Tracks which users have which organization open on this node. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    inner: Arc<Mutex<Inner>>,
    /// Wakes the rounds when a reader comes or the last one leaves.
    wake: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Inner {
    organizations: HashMap<OrganizationId, OrganizationPresence>,
    /// Whether a reader came or left since the last [`Presence::snapshot`].
    changed: bool,
}

/// An organization that is open in at least one stream of this node.
#[derive(Debug)]
struct OrganizationPresence {
    /// How many streams each reader has.
    streams: HashMap<UserId, usize>,
    /// The presence on all nodes; none until it was read. A watch channel holds the newest value
    /// only, so a slow stream skips outdated ones.
    snapshot: watch::Sender<Option<Arc<PresenceSnapshot>>>,
}

impl Default for OrganizationPresence {
    fn default() -> Self {
        Self { streams: HashMap::new(), snapshot: watch::Sender::new(None) }
    }
}

/// The readers of this node at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LocalPresences {
    /// Each reader once for each organization; grouped by organization.
    pub(super) presences: Vec<(OrganizationId, UserId)>,
    /// Whether they may differ from those of the previous snapshot.
    pub(super) changed: bool,
}

impl Presence {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A poisoned lock is fine: no code that holds it panics half-way through a change.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks `user` as present in `organization` until the guard is dropped. It doesn't check that
    /// they are a member: presence of others is filtered when it is read.
    #[must_use]
    pub fn enter(&self, organization: OrganizationId, user: UserId) -> PresenceGuard {
        let mut inner = self.lock();
        let entry = inner.organizations.entry(organization).or_default();
        let streams = entry.streams.entry(user).or_default();
        *streams += 1;
        let is_first = *streams == 1;
        let mut snapshot = entry.snapshot.subscribe();
        // A new stream receives the known presence at once.
        snapshot.mark_changed();
        inner.changed |= is_first;
        drop(inner);
        self.wake.notify_one();
        PresenceGuard { presence: self.clone(), organization, user, snapshot }
    }

    fn leave(&self, organization: OrganizationId, user: UserId) {
        let mut inner = self.lock();
        let Entry::Occupied(mut entry) = inner.organizations.entry(organization) else { return };
        let streams = &mut entry.get_mut().streams;
        let Entry::Occupied(mut count) = streams.entry(user) else { return };
        *count.get_mut() -= 1;
        if *count.get() > 0 {
            return;
        }
        count.remove();
        if streams.is_empty() {
            entry.remove();
        }
        inner.changed = true;
        drop(inner);
        self.wake.notify_one();
    }

    /// Waits until a round is needed: a reader is present, or one left since the last snapshot.
    pub(super) async fn wait_until_needed(&self) {
        loop {
            let wake = self.wake.notified();
            {
                let inner = self.lock();
                if inner.changed || !inner.organizations.is_empty() {
                    return;
                }
            }
            wake.await;
        }
    }

    /// The readers of this node now.
    pub(super) fn snapshot(&self) -> LocalPresences {
        let mut inner = self.lock();
        let changed = std::mem::take(&mut inner.changed);
        let presences = inner
            .organizations
            .iter()
            .flat_map(|(organization, entry)| {
                entry.streams.keys().map(|user| (*organization, *user))
            })
            .collect();
        LocalPresences { presences, changed }
    }

    /// Sends a snapshot to the streams of the organization, if it differs from the last one.
    pub(super) fn publish(&self, organization: OrganizationId, snapshot: PresenceSnapshot) {
        if let Some(entry) = self.lock().organizations.get(&organization) {
            entry.snapshot.send_if_modified(|last| {
                let differs = last.as_deref() != Some(&snapshot);
                if differs {
                    *last = Some(Arc::new(snapshot));
                }
                differs
            });
        }
    }
}

/// Marks a reader as present while it exists.
#[derive(Debug)]
pub struct PresenceGuard {
    presence: Presence,
    organization: OrganizationId,
    user: UserId,
    snapshot: watch::Receiver<Option<Arc<PresenceSnapshot>>>,
}

impl PresenceGuard {
    /// Waits for a snapshot that this guard didn't return yet. The first call returns the known
    /// snapshot, if there is one. Cancel-safe.
    pub async fn next_snapshot(&mut self) -> Arc<PresenceSnapshot> {
        loop {
            if self.snapshot.changed().await.is_err() {
                // Unreachable: the sender lives as long as the organization has guards.
                std::future::pending::<()>().await;
            }
            if let Some(snapshot) = &*self.snapshot.borrow_and_update() {
                return Arc::clone(snapshot);
            }
        }
    }
}

impl Drop for PresenceGuard {
    fn drop(&mut self) {
        self.presence.leave(self.organization, self.user);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use uuid::Uuid;

    use super::*;

    const TEAM: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0xA));
    const ADA: UserId = UserId::from_uuid(Uuid::from_u128(1));
    const GRACE: UserId = UserId::from_uuid(Uuid::from_u128(2));

    fn with_total(total: i64) -> PresenceSnapshot {
        PresenceSnapshot { people: Vec::new(), total }
    }

    #[test]
    fn reader_with_several_streams_is_present_once_until_the_last_one_closes() {
        let presence = Presence::default();
        let (one, other) = (presence.enter(TEAM, ADA), presence.enter(TEAM, ADA));
        let presences = vec![(TEAM, ADA)];
        assert_eq!(
            presence.snapshot(),
            LocalPresences { presences: presences.clone(), changed: true }
        );
        drop(one);
        assert_eq!(presence.snapshot(), LocalPresences { presences, changed: false });
        drop(other);
        let nobody = LocalPresences { presences: Vec::new(), changed: true };
        assert_eq!(presence.snapshot(), nobody);
        assert!(presence.lock().organizations.is_empty(), "the organization is removed");
    }

    #[test]
    fn guard_returns_each_snapshot_once_and_a_new_guard_the_known_one() {
        let presence = Presence::default();
        let mut first = presence.enter(TEAM, ADA);
        assert_eq!(first.next_snapshot().now_or_never(), None, "nothing is known yet");
        presence.publish(TEAM, with_total(1));
        presence.publish(TEAM, with_total(2));
        assert_eq!(first.next_snapshot().now_or_never().as_deref(), Some(&with_total(2)));
        presence.publish(TEAM, with_total(2));
        assert_eq!(first.next_snapshot().now_or_never(), None, "it is the same snapshot");
        let mut second = presence.enter(TEAM, GRACE);
        assert_eq!(second.next_snapshot().now_or_never().as_deref(), Some(&with_total(2)));
    }

    #[test]
    fn rounds_are_needed_while_a_reader_is_present_and_once_after_the_last_left() {
        let presence = Presence::default();
        assert!(presence.wait_until_needed().now_or_never().is_none());
        let guard = presence.enter(TEAM, ADA);
        let _ = presence.snapshot();
        assert!(presence.wait_until_needed().now_or_never().is_some());
        drop(guard);
        assert!(presence.wait_until_needed().now_or_never().is_some());
        let _ = presence.snapshot();
        assert!(presence.wait_until_needed().now_or_never().is_none());
    }
}
