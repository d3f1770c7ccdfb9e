//! The open streams of this node: the queue of each, and which streams an activity goes to.
//!
//! [`Registry::route`] puts each activity into the queues of the streams that receive it. A stream
//! whose queue is full is marked as lagged and goes back to catch-up
//! ([`Subscriber::send_to_catch_up`](subscriber::Subscriber)).

mod delivery_queue;
mod fan_out;
mod registration;
mod subscriber;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::event::EndCode;
use contract::permission::MembershipVisibility as Visibility;
use contract::{Cursor, OrganizationId, Position, UserId};
use tokio::sync::watch;

use super::Settings;
use super::connected_members::ConnectedMembers;
use super::frame::Frame;
use super::metrics::StreamMetrics;
use super::scope::Scope;
use activity::Activity;
use api::auth::session::SignedIn;
pub use delivery_queue::Delivery;
pub use registration::{LoadOutcome, Registration, RoutedView};
pub use subscriber::Signal;
use subscriber::Subscriber;

/// The open streams of this node.
#[derive(Debug, Default)]
pub struct Registry {
    metrics: Arc<StreamMetrics>,
    inner: Mutex<Inner>,
    next_id: AtomicU64,
    /// [`Inner::routed`], for those who wait for a position.
    routed: watch::Sender<Option<Cursor>>,
}

#[derive(Debug, Default)]
struct Inner {
    members: ConnectedMembers,
    by_user: HashMap<UserId, Vec<Arc<Subscriber>>>,
    /// The number of subscribers in `by_user`.
    open: usize,
    /// The subscribers with the scope of one organization, so that routing a resource costs only
    /// as much as its organization has streams.
    by_organization: HashMap<OrganizationId, Vec<Arc<Subscriber>>>,
    /// The position up to which activities were put into the queues. None before the first
    /// [`Registry::reset_to`].
    routed: Option<Cursor>,
}

impl Registry {
    /// No streams.
    #[must_use]
    pub fn new(metrics: Arc<StreamMetrics>) -> Self {
        Self { metrics, ..Self::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A poisoned lock is fine: no code that holds it panics half-way through a change.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a stream. From here on the router fills its queue.
    ///
    /// # Errors
    /// [`EndCode::Overloaded`] when the node has as many streams as it may, and
    /// [`EndCode::TooManyStreams`] when the user has.
    pub fn register(
        self: &Arc<Self>,
        reader: &SignedIn,
        scope: Scope,
        settings: &Settings,
    ) -> Result<Registration, EndCode> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let metrics = Arc::clone(&self.metrics);
        let subscriber = Subscriber::new(id, reader, scope, settings.queue_capacity, metrics);
        let subscriber = Arc::new(subscriber);
        let user_id = reader.user_id;
        let mut inner = self.lock();
        // Checked and inserted under one lock, so that two requests can't both get the last slot.
        if inner.open >= settings.max_streams {
            return Err(EndCode::Overloaded);
        }
        if inner.by_user.get(&user_id).map_or(0, Vec::len) >= settings.max_streams_per_user {
            return Err(EndCode::TooManyStreams);
        }
        inner.open += 1;
        inner.members.add_reader(user_id);
        inner.by_user.entry(user_id).or_default().push(Arc::clone(&subscriber));
        if let Scope::Organization(organization) = scope {
            inner.by_organization.entry(organization).or_default().push(Arc::clone(&subscriber));
        }
        drop(inner);
        Ok(Registration::new(Arc::clone(self), subscriber))
    }

    /// The number of open streams.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().open
    }

    /// Whether no stream is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts activities, in order, into the queues of the streams that receive them. `frame` encodes
    /// an activity for one scope and visibility, once for all streams that share them; it returns
    /// none where there is nothing to send.
    pub fn route(
        &self,
        activities: &[Activity],
        frame: impl Fn(&Activity, Scope, Visibility) -> Option<Frame>,
    ) {
        let mut inner = self.lock();
        for activity in activities {
            inner.route(activity, &frame);
            inner.advance_to(activity.position);
        }
        self.routed.send_replace(inner.routed);
    }

    /// Marks everything up to `position` as routed, where the log has no activities.
    pub fn advance_to(&self, position: Position) {
        let mut inner = self.lock();
        inner.advance_to(position);
        self.routed.send_replace(inner.routed);
    }

    /// Marks everything up to `position` as routed if nobody is connected. Returns whether it did. A stream
    /// that is registered afterwards reads from the log what it missed until then.
    pub fn advance_if_idle(&self, position: Position) -> bool {
        let mut inner = self.lock();
        let is_idle = inner.members.is_empty();
        if is_idle {
            inner.advance_to(position);
            self.routed.send_replace(inner.routed);
        }
        is_idle
    }

    /// Lets all connections check what isn't in their queues ([`Signal::Woken`]). A connection waits for its
    /// queue only: to wait for each of these as well would cost more than most deliveries.
    pub fn wake_all(&self) {
        for subscriber in self.lock().by_user.values().flatten() {
            subscriber.wake();
        }
    }

    /// Continues at this cursor, of a log that begins or was reset. Changes of memberships may be missing from
    /// the log before it, so the known memberships are dropped and every stream goes back to
    /// catch-up, which loads them again and answers its cursor with `reset`.
    pub fn reset_to(&self, cursor: Cursor) {
        let mut inner = self.lock();
        inner.routed = Some(cursor);
        self.routed.send_replace(inner.routed);
        inner.members.clear_memberships();
        for subscriber in inner.by_user.values().flatten() {
            subscriber.send_to_catch_up();
        }
    }
}

impl Inner {
    fn advance_to(&mut self, position: Position) {
        if let Some(routed) = &mut self.routed {
            routed.position = position;
        }
    }
}
