//! Publishes the log, in order, to the parts of this node that subscribe to it.

use std::sync::{Arc, Mutex, PoisonError};

use contract::{Cursor, Position};
use tokio::sync::mpsc;

use super::Activity;

/// How many batches are buffered for a subscriber before the tail waits for it.
const QUEUE_CAPACITY: usize = 64;

/// An event on the bus.
#[derive(Clone, Debug)]
pub enum BusEvent {
    /// The next activities of the log, oldest first.
    Activities(Arc<[Activity]>),
    /// The log has reached this position; it skipped those since the last activity.
    Advanced(Position),
    /// A new epoch has begun, or activities were dropped before this node read them. The next
    /// activities belong to this cursor's epoch and follow its position.
    LogReset(Cursor),
}

/// Delivers the log's events to every subscriber, in order and without loss.
///
/// A slow subscriber blocks the tail of its node, which then reads larger batches. Only parts of the
/// server subscribe; clients have queues of their own that never block the bus.
#[derive(Clone, Debug, Default)]
pub struct ActivityBus {
    subscribers: Arc<Mutex<Vec<mpsc::Sender<BusEvent>>>>,
}

impl ActivityBus {
    /// A bus without subscribers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Receives every event that is published from now on.
    #[must_use]
    pub fn subscribe(&self) -> mpsc::Receiver<BusEvent> {
        let (sender, receiver) = mpsc::channel(QUEUE_CAPACITY);
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        receiver
    }

    /// Sends `event` to every subscriber, waiting for those whose queue is full. Subscribers whose
    /// receiver was dropped are removed.
    pub async fn publish(&self, event: BusEvent) {
        let subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut any_closed = false;
        for subscriber in subscribers {
            any_closed |= subscriber.send(event.clone()).await.is_err();
        }
        if any_closed {
            self.subscribers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .retain(|subscriber| !subscriber.is_closed());
        }
    }
}

#[cfg(test)]
mod tests {
    use contract::Epoch;

    use super::*;

    #[tokio::test]
    async fn events_arrive_in_order_and_dropped_subscribers_are_removed() {
        let bus = ActivityBus::new();
        let (mut first, second) = (bus.subscribe(), bus.subscribe());
        drop(second);
        let start = |number| Cursor { epoch: Epoch::new(number), position: Position(0) };
        for number in 0..3 {
            bus.publish(BusEvent::LogReset(start(number))).await;
        }
        for number in 0..3 {
            let event = first.recv().await.unwrap();
            assert!(matches!(event, BusEvent::LogReset(at) if at == start(number)));
        }
        assert_eq!(bus.subscribers.lock().unwrap().len(), 1);
    }
}
