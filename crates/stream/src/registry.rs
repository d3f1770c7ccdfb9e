//! The connections of this node, and the queues between the router and them.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use contract::event::EndCode;
use contract::permission::MembershipVisibility as Visibility;
use contract::{Action, OrganizationId, Position, Role, SessionId, UserId};
use tokio::sync::{Notify, mpsc};

use super::Settings;
use super::audience;
use super::connected_members::ConnectedMembers;
use super::frame::Frame;
use super::message::granted_role;
use super::related_entities::RelatedEntities;
use super::scope::{self, Scope};
use activity::{Activity, ActivityKind};
use api::auth::session::SignedIn;

/// All connections of this node.
#[derive(Debug, Default)]
pub struct Registry {
    inner: Mutex<Inner>,
    next_id: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    readers: ConnectedMembers,
    subscribers: HashMap<UserId, Vec<Arc<Subscriber>>>,
    /// How many subscribers there are in all.
    open: usize,
    /// Those of them that follow one organization, so that what it holds costs only them.
    followers: HashMap<OrganizationId, Vec<Arc<Subscriber>>>,
    routed: Position,
}

/// What waits in a connection's queue.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A change.
    Frame(Frame),
    /// The end of the stream at this place in the order: what came before is still sent.
    End {
        /// The activity's place.
        position: Position,
        /// Why.
        code: EndCode,
    },
}

/// The router's side of one connection.
#[derive(Debug)]
struct Subscriber {
    id: u64,
    user_id: UserId,
    session_id: SessionId,
    scope: Scope,
    queue: mpsc::Sender<Delivery>,
    /// Closed once a frame didn't fit: one that comes later must not overtake it.
    open: AtomicBool,
    signals: Signals,
}

/// What reaches a connection beside its queue, so that a full queue can't hold it up.
#[derive(Debug, Default)]
pub struct Signals {
    /// The queue was full, or what it holds is void: go back to catch-up.
    pub fell_behind: Notify,
    /// Wakes the connection once `end` is set.
    pub ended: Notify,
    end: OnceLock<EndCode>,
}

impl Signals {
    /// Why the stream is to end, once it is.
    #[must_use]
    pub fn end(&self) -> Option<EndCode> {
        self.end.get().copied()
    }
}

impl Subscriber {
    /// Never waits: a reader that doesn't keep up is told to catch up, and delays nobody.
    fn push(&self, delivery: Delivery) {
        if self.open.load(Ordering::Acquire)
            && let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(delivery)
        {
            self.recall();
        }
    }

    fn recall(&self) {
        self.open.store(false, Ordering::Release);
        self.signals.fell_behind.notify_one();
    }

    fn end(&self, code: EndCode) {
        // The first reason stands.
        let _ = self.signals.end.set(code);
        self.signals.ended.notify_one();
    }
}

/// A connection's place in the registry. Dropping it gives the place up, whatever ends the
/// connection.
#[derive(Debug)]
pub struct Registration {
    registry: Arc<Registry>,
    subscriber: Arc<Subscriber>,
}

impl Registration {
    /// Whether the memberships of the user must be read and given to [`Self::learn`].
    #[must_use]
    pub fn must_learn(&self) -> bool {
        !self.registry.lock().readers.knows(self.subscriber.user_id)
    }

    /// Takes in the memberships that the database held after the registration.
    pub fn learn(&self, memberships: &[(OrganizationId, Role)]) {
        self.registry.lock().readers.learn(self.subscriber.user_id, memberships);
    }

    /// The signals to this connection.
    #[must_use]
    pub fn signals(&self) -> &Signals {
        &self.subscriber.signals
    }

    /// How far this node has routed: every frame up to here is in the queue or was in it. None
    /// when one didn't fit.
    #[must_use]
    pub fn routed(&self) -> Option<Position> {
        let inner = self.registry.lock();
        self.subscriber.open.load(Ordering::Acquire).then_some(inner.routed)
    }

    /// Lets the queue fill again. What didn't fit until now must be read from the log after this.
    pub fn reopen(&self) {
        self.subscriber.open.store(true, Ordering::Release);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let Subscriber { id, user_id, scope, .. } = *self.subscriber;
        let mut inner = self.registry.lock();
        inner.open -= 1;
        remove(&mut inner.subscribers, user_id, id);
        if let Scope::Organization(organization) = scope {
            remove(&mut inner.followers, organization, id);
        }
        if !inner.subscribers.contains_key(&user_id) {
            inner.readers.depart(user_id);
        }
    }
}

fn remove<K: Eq + Hash>(places: &mut HashMap<K, Vec<Arc<Subscriber>>>, key: K, id: u64) {
    if let Entry::Occupied(mut place) = places.entry(key) {
        place.get_mut().retain(|subscriber| subscriber.id != id);
        if place.get().is_empty() {
            place.remove();
        }
    }
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing under the lock panics half-way through a change.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a connection its place. From here on its queue fills.
    ///
    /// # Errors
    /// Why there is no place for it.
    pub fn register(
        self: &Arc<Self>,
        reader: &SignedIn,
        scope: Scope,
        queue: mpsc::Sender<Delivery>,
        settings: &Settings,
    ) -> Result<Registration, EndCode> {
        let SignedIn { user_id, session_id, .. } = *reader;
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let subscriber = Arc::new(Subscriber {
            id,
            user_id,
            session_id,
            scope,
            queue,
            open: AtomicBool::new(true),
            signals: Signals::default(),
        });
        let mut inner = self.lock();
        // Counted and taken under one lock: two that come together can't both get the last place.
        if inner.open >= settings.most_streams {
            return Err(EndCode::Overloaded);
        }
        if inner.subscribers.get(&user_id).map_or(0, Vec::len) >= settings.most_streams_of_user {
            return Err(EndCode::TooManyStreams);
        }
        inner.open += 1;
        inner.readers.arrive(user_id);
        inner.subscribers.entry(user_id).or_default().push(Arc::clone(&subscriber));
        if let Scope::Organization(organization) = scope {
            inner.followers.entry(organization).or_default().push(Arc::clone(&subscriber));
        }
        drop(inner);
        Ok(Registration { registry: Arc::clone(self), subscriber })
    }

    /// How many connections there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().open
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether nobody of this node needs the messages of these activities.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        !self.lock().readers.any()
    }

    /// Puts activities into the queues of those who may see them, in order. `frame` writes the
    /// message for one kind of stream and one way to see it; it is asked once for each.
    pub fn route(
        &self,
        activities: &[Activity],
        related_entities: &RelatedEntities,
        frame: impl Fn(&Activity, Scope, Visibility) -> Option<Frame>,
    ) {
        let mut inner = self.lock();
        for activity in activities {
            inner.route(activity, related_entities, &frame);
            inner.routed = activity.position;
        }
    }

    /// Says that everything up to `position` was routed, where nobody had to get it.
    pub fn skip_to(&self, position: Position) {
        self.lock().routed = position;
    }

    /// Begins again from `position` of a rebuilt log. What it says of access may be missing in the
    /// former one: every connection goes back to catch-up, where it learns its reader's memberships
    /// anew and is told what became of its cursor.
    pub fn start_over(&self, position: Position) {
        let mut inner = self.lock();
        inner.routed = position;
        inner.readers.forget_standings();
        for subscriber in inner.subscribers.values().flatten() {
            subscriber.recall();
        }
    }
}

impl Inner {
    fn route(
        &mut self,
        activity: &Activity,
        related_entities: &RelatedEntities,
        frame: impl Fn(&Activity, Scope, Visibility) -> Option<Frame>,
    ) {
        self.end_streams(activity);
        self.readers.grant(activity, granted_role(&activity.change));
        self.route_to_users(activity, related_entities, &frame);
        if let Some(id) = scope::holder(activity) {
            self.route_to_followers(id, activity, &frame);
        }
        self.readers.revoke(activity);
        self.end_lost_access(activity);
    }

    fn route_to_users(
        &self,
        activity: &Activity,
        related_entities: &RelatedEntities,
        frame: impl Fn(&Activity, Scope, Visibility) -> Option<Frame>,
    ) {
        let mut frames: [Option<Option<Frame>>; 3] = [None, None, None];
        for (user, visibility) in audience::of(activity, &self.readers, related_entities) {
            let frame = frames[visibility as usize]
                .get_or_insert_with(|| frame(activity, Scope::User, visibility));
            let Some(frame) = frame else { continue };
            let streams = self.subscribers.get(&user).into_iter().flatten();
            for subscriber in streams.filter(|subscriber| subscriber.scope == Scope::User) {
                subscriber.push(Delivery::Frame(frame.clone()));
            }
        }
    }

    fn route_to_followers(
        &self,
        organization: OrganizationId,
        activity: &Activity,
        frame: impl Fn(&Activity, Scope, Visibility) -> Option<Frame>,
    ) {
        let Some(followers) = self.followers.get(&organization) else { return };
        let scope = Scope::Organization(organization);
        let Some(frame) = frame(activity, scope, Visibility::Member) else { return };
        for subscriber in followers {
            let access = self.readers.access(subscriber.user_id, organization);
            if audience::follows(access) {
                subscriber.push(Delivery::Frame(frame.clone()));
            }
        }
    }

    /// Who is no longer a member hears no more of the organization; when it is gone, nobody does.
    fn end_lost_access(&self, activity: &Activity) {
        let change = &activity.change;
        let lost = |subscriber: &&Arc<Subscriber>| match change.kind {
            ActivityKind::Organization => true,
            ActivityKind::Membership => Some(subscriber.user_id) == change.user_id,
            _ => false,
        };
        if change.action != Action::Deleted {
            return;
        }
        let followers = change.organization_id.and_then(|id| self.followers.get(&id));
        for subscriber in followers.into_iter().flatten().filter(lost) {
            subscriber
                .push(Delivery::End { position: activity.position, code: EndCode::AccessLost });
        }
    }

    /// A session that ends, ends its streams; so does an account.
    fn end_streams(&self, activity: &Activity) {
        let change = &activity.change;
        let code = match (change.kind, change.action) {
            (ActivityKind::Session, Action::Deleted) => EndCode::SessionEnded,
            (ActivityKind::User, Action::Deleted) => EndCode::UserDeleted,
            _ => return,
        };
        let concerned = |subscriber: &&Arc<Subscriber>| {
            code == EndCode::UserDeleted || subscriber.session_id.uuid() == change.subject_id
        };
        let streams = change.user_id.and_then(|user| self.subscribers.get(&user));
        for subscriber in streams.into_iter().flatten().filter(concerned) {
            subscriber.end(code);
        }
    }
}
