//! Hands the log on, in order, to the parts of this node that follow it.

use std::sync::{Arc, Mutex, PoisonError};

use contract::Cursor;
use tokio::sync::mpsc;

use super::Activity;

/// How many batches may wait for a follower before the tail waits for it.
const CAPACITY: usize = 64;

/// What the bus hands on.
#[derive(Clone, Debug)]
pub enum BusEvent {
    /// The next activities of the log, oldest first.
    Activities(Arc<[Activity]>),
    /// The log was rebuilt, or what came next was dropped: what follows belongs to this epoch and
    /// comes after this place.
    LogReset(Cursor),
}

/// Typed events of the log, in order, without loss.
///
/// A follower that is slow holds up the tail of its node, which then reads larger batches. Only
/// parts of the server follow the bus; clients are behind queues of their own.
#[derive(Clone, Debug, Default)]
pub struct ActivityBus {
    followers: Arc<Mutex<Vec<mpsc::Sender<BusEvent>>>>,
}

impl ActivityBus {
    /// A bus that nobody follows yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Follows the bus from now on.
    #[must_use]
    pub fn follow(&self) -> mpsc::Receiver<BusEvent> {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        self.followers.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        receiver
    }

    /// Hands `event` to every follower; those that are gone are forgotten.
    pub async fn publish(&self, event: BusEvent) {
        let followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut gone = false;
        for follower in followers {
            gone |= follower.send(event.clone()).await.is_err();
        }
        if gone {
            self.followers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .retain(|follower| !follower.is_closed());
        }
    }
}

#[cfg(test)]
mod tests {
    use contract::{Epoch, Position};

    use super::*;

    #[tokio::test]
    async fn every_follower_gets_every_event_in_order_and_those_gone_hold_up_nobody() {
        let bus = ActivityBus::new();
        let (mut first, second) = (bus.follow(), bus.follow());
        drop(second);
        let start = |number| Cursor { epoch: Epoch::new(number), position: Position(0) };
        for number in 0..3 {
            bus.publish(BusEvent::LogReset(start(number))).await;
        }
        for number in 0..3 {
            let event = first.recv().await.unwrap();
            assert!(matches!(event, BusEvent::LogReset(at) if at == start(number)));
        }
        assert_eq!(bus.followers.lock().unwrap().len(), 1);
    }
}
