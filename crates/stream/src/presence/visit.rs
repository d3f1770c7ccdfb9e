//! The visits of this node, and what is known of who is here in all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::event::PresenceSnapshot;
use contract::{OrganizationId, UserId};
use tokio::sync::{Notify, watch};

/// Who visits which organization on this node. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    places: Arc<Mutex<Places>>,
    /// Wakes the rounds once somebody is here again.
    awake: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Places {
    places: HashMap<OrganizationId, Place>,
    /// Whether somebody came or went since [`Presence::take_stock`].
    changed: bool,
}

/// An organization that somebody visits on this node.
#[derive(Debug)]
struct Place {
    /// How many streams each of them has.
    streams: HashMap<UserId, usize>,
    /// None until it was read. It holds the latest word only, so whoever is slow skips some.
    here: watch::Sender<Option<Arc<PresenceSnapshot>>>,
}

impl Default for Place {
    fn default() -> Self {
        Self { streams: HashMap::new(), here: watch::Sender::new(None) }
    }
}

/// The visits of a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stock {
    /// Who is where.
    pub(super) visits: Vec<(OrganizationId, UserId)>,
    /// Whether that is another answer than the last time, or may be.
    pub(super) changed: bool,
}

impl Presence {
    fn lock(&self) -> MutexGuard<'_, Places> {
        // Nothing under the lock panics half-way through a change.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody opens a stream of that organization. Whether they may is not asked here: who isn't
    /// a member is never told of.
    #[must_use]
    pub fn enter(&self, organization: OrganizationId, user: UserId) -> Visit {
        let mut places = self.lock();
        let place = places.places.entry(organization).or_default();
        let streams = place.streams.entry(user).or_default();
        *streams += 1;
        let is_first = *streams == 1;
        let mut here = place.here.subscribe();
        // What is known already is news to this stream.
        here.mark_changed();
        places.changed |= is_first;
        drop(places);
        self.awake.notify_one();
        Visit { presence: self.clone(), organization, user, here }
    }

    fn leave(&self, organization: OrganizationId, user: UserId) {
        let mut places = self.lock();
        let Entry::Occupied(mut place) = places.places.entry(organization) else { return };
        let streams = &mut place.get_mut().streams;
        let Entry::Occupied(mut count) = streams.entry(user) else { return };
        *count.get_mut() -= 1;
        if *count.get() > 0 {
            return;
        }
        count.remove();
        if streams.is_empty() {
            place.remove();
        }
        places.changed = true;
        drop(places);
        self.awake.notify_one();
    }

    /// Waits until somebody is here, or the last one went unsaid.
    pub(super) async fn is_needed(&self) {
        loop {
            let awake = self.awake.notified();
            {
                let places = self.lock();
                if places.changed || !places.places.is_empty() {
                    return;
                }
            }
            awake.await;
        }
    }

    /// All visits of this node.
    pub(super) fn take_stock(&self) -> Stock {
        let mut places = self.lock();
        let changed = std::mem::take(&mut places.changed);
        let visits = places
            .places
            .iter()
            .flat_map(|(organization, place)| {
                place.streams.keys().map(|user| (*organization, *user))
            })
            .collect();
        Stock { visits, changed }
    }

    /// Tells the visitors of that organization who is here, unless they know.
    pub(super) fn tell(&self, organization: OrganizationId, here: PresenceSnapshot) {
        if let Some(place) = self.lock().places.get(&organization) {
            place.here.send_if_modified(|known| {
                let is_news = known.as_deref() != Some(&here);
                if is_news {
                    *known = Some(Arc::new(here));
                }
                is_news
            });
        }
    }
}

/// That a stream of an organization is open. Dropping it ends the visit, whatever ends the stream.
#[derive(Debug)]
pub struct Visit {
    presence: Presence,
    organization: OrganizationId,
    user: UserId,
    here: watch::Receiver<Option<Arc<PresenceSnapshot>>>,
}

impl Visit {
    /// Waits for the latest word on who is here that wasn't given yet. What is known when the visit
    /// begins is given at once. Nothing is lost when the wait is given up.
    pub async fn news(&mut self) -> Arc<PresenceSnapshot> {
        loop {
            if self.here.changed().await.is_err() {
                // The place lasts as long as its visits.
                std::future::pending::<()>().await;
            }
            if let Some(here) = &*self.here.borrow_and_update() {
                return Arc::clone(here);
            }
        }
    }
}

impl Drop for Visit {
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

    fn so_many(total: i64) -> PresenceSnapshot {
        PresenceSnapshot { people: Vec::new(), total }
    }

    #[test]
    fn somebody_with_several_streams_is_here_once_until_the_last_is_closed() {
        let presence = Presence::default();
        let (one, other) = (presence.enter(TEAM, ADA), presence.enter(TEAM, ADA));
        let here = vec![(TEAM, ADA)];
        assert_eq!(presence.take_stock(), Stock { visits: here.clone(), changed: true });
        drop(one);
        assert_eq!(presence.take_stock(), Stock { visits: here, changed: false });
        drop(other);
        assert_eq!(presence.take_stock(), Stock { visits: Vec::new(), changed: true });
        assert!(presence.lock().places.is_empty(), "nothing is kept");
    }

    #[test]
    fn a_visit_hears_the_latest_word_once_and_a_later_visit_hears_it_at_once() {
        let presence = Presence::default();
        let mut first = presence.enter(TEAM, ADA);
        assert_eq!(first.news().now_or_never(), None, "nothing is known yet");
        presence.tell(TEAM, so_many(1));
        presence.tell(TEAM, so_many(2));
        assert_eq!(first.news().now_or_never().as_deref(), Some(&so_many(2)));
        presence.tell(TEAM, so_many(2));
        assert_eq!(first.news().now_or_never(), None, "it is no news");
        let mut second = presence.enter(TEAM, GRACE);
        assert_eq!(second.news().now_or_never().as_deref(), Some(&so_many(2)));
    }

    #[test]
    fn rounds_are_needed_while_somebody_is_here_and_once_after() {
        let presence = Presence::default();
        assert!(presence.is_needed().now_or_never().is_none());
        let visit = presence.enter(TEAM, ADA);
        let _ = presence.take_stock();
        assert!(presence.is_needed().now_or_never().is_some());
        drop(visit);
        assert!(presence.is_needed().now_or_never().is_some());
        let _ = presence.take_stock();
        assert!(presence.is_needed().now_or_never().is_none());
    }
}
