//! One stream as the router sees it: its queue, and what has to reach its connection beside the queue.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use contract::event::EndCode;
use contract::{SessionId, UserId};
use tokio::sync::Notify;

use super::delivery_queue::{Delivery, DeliveryQueue, PushOutcome};
use crate::metrics::StreamMetrics;
use crate::scope::Scope;
use api::auth::session::SignedIn;

/// The next step of a live connection.
#[derive(Debug)]
pub enum Signal {
    /// End the stream, whatever its queue holds.
    End(EndCode),
    /// Send what was taken from the queue.
    Delivery(Delivery),
    /// Go back to catch-up: an item was dropped, or the log was reset.
    Lagged,
    /// Check what isn't in the queue: the status of the log, and whether the node shuts down.
    Woken,
}

/// The state that the router and the connection share.
#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) id: u64,
    pub(super) user_id: UserId,
    pub(super) session_id: SessionId,
    pub(super) scope: Scope,
    queue: DeliveryQueue,
    /// Whether an item was dropped because the queue was full. While it is set nothing is queued: a
    /// later item must not overtake the dropped one.
    lagged: AtomicBool,
    end_code: OnceLock<EndCode>,
    /// Wakes the connection: there may be a [`Signal`].
    changed: Notify,
    metrics: Arc<StreamMetrics>,
}

impl Subscriber {
    pub(super) fn new(
        id: u64,
        reader: &SignedIn,
        scope: Scope,
        queue_capacity: usize,
        metrics: Arc<StreamMetrics>,
    ) -> Self {
        let SignedIn { user_id, session_id, .. } = *reader;
        let queue = DeliveryQueue::new(queue_capacity, Arc::clone(&metrics.filled_queues));
        let (lagged, end_code, changed) = Default::default();
        Self { id, user_id, session_id, scope, queue, lagged, end_code, changed, metrics }
    }

    /// Puts `delivery` into the queue and never waits: a reader that is too slow for its queue is
    /// sent back to catch-up, so that it delays nobody.
    pub(super) fn push(&self, delivery: Delivery) {
        if self.is_lagged() {
            return;
        }
        match self.queue.push(delivery) {
            PushOutcome::First => self.changed.notify_one(),
            // The connection was woken for the first one, and takes all that are there.
            PushOutcome::Behind => {}
            PushOutcome::Full => {
                self.metrics.queue_overflows.increment();
                self.send_to_catch_up();
            }
        }
    }

    /// Sends the reader back to catch-up, which reads from the log what the queue doesn't hold.
    pub(super) fn send_to_catch_up(&self) {
        self.lagged.store(true, Ordering::Release);
        self.changed.notify_one();
    }

    pub(super) fn is_lagged(&self) -> bool {
        self.lagged.load(Ordering::Acquire)
    }

    /// Lets the queue fill again.
    pub(super) fn clear_lagged(&self) {
        self.lagged.store(false, Ordering::Release);
    }

    /// Ends the stream at once, whatever its queue holds. The first code wins.
    pub(super) fn end(&self, code: EndCode) {
        let _ = self.end_code.set(code);
        self.changed.notify_one();
    }

    /// Why the stream has to end; none while it may go on.
    pub(super) fn end_code(&self) -> Option<EndCode> {
        self.end_code.get().copied()
    }

    /// The next item of the queue, if there is one.
    pub(super) fn pop(&self) -> Option<Delivery> {
        self.queue.pop()
    }

    /// What the connection has to do now, if anything. The log has what didn't fit into the queue, and
    /// all of it is newer than what the queue holds.
    fn signal(&self) -> Option<Signal> {
        self.end_code()
            .map(Signal::End)
            .or_else(|| self.pop().map(Signal::Delivery))
            .or_else(|| self.is_lagged().then_some(Signal::Lagged))
    }

    /// Lets the connection check what isn't in the queue.
    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }

    /// Waits for the next signal. Only one task may wait at a time.
    pub(super) async fn next_signal(&self) -> Signal {
        if let Some(signal) = self.signal() {
            return signal;
        }
        self.changed.notified().await;
        self.signal().unwrap_or(Signal::Woken)
    }
}
