//! The queue between the router and one connection.
//!
//! Most streams wait with an empty queue, which holds no memory; `tokio`'s channels keep a block of 32
//! items each.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use contract::Position;
use contract::event::EndCode;

use crate::frame::Frame;

/// An item of a stream's queue.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A `change` event.
    Frame(Frame),
    /// The end of the stream. Frames that were queued before are still sent.
    End {
        /// The position of the activity that ends the stream.
        position: Position,
        /// Why it ends.
        code: EndCode,
    },
}

/// The result of adding an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// It is the only one in the queue: the connection may be waiting for it.
    First,
    /// It is behind others.
    Behind,
    /// It doesn't fit.
    Full,
}

/// A bounded queue.
#[derive(Debug)]
pub struct DeliveryQueue {
    items: Mutex<VecDeque<Delivery>>,
    capacity: usize,
}

impl DeliveryQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { items: Mutex::new(VecDeque::new()), capacity }
    }

    /// Appends an item, unless the queue is full.
    pub fn push(&self, delivery: Delivery) -> PushOutcome {
        let mut items = self.lock();
        if items.len() >= self.capacity {
            return PushOutcome::Full;
        }
        items.push_back(delivery);
        if items.len() == 1 { PushOutcome::First } else { PushOutcome::Behind }
    }

    /// Takes the oldest item.
    pub fn pop(&self) -> Option<Delivery> {
        let mut items = self.lock();
        let delivery = items.pop_front()?;
        if items.is_empty() {
            *items = VecDeque::new();
        }
        Some(delivery)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Delivery>> {
        // A poisoned lock is fine: no code that holds it panics half-way through a change.
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(position: i64) -> Delivery {
        Delivery::End { position: Position(position), code: EndCode::AccessLost }
    }

    #[test]
    fn items_leave_in_order_and_one_too_many_is_refused() {
        let queue = DeliveryQueue::new(2);
        assert_eq!(queue.push(end(1)), PushOutcome::First);
        assert_eq!(queue.push(end(2)), PushOutcome::Behind);
        assert_eq!(queue.push(end(3)), PushOutcome::Full);
        let positions = std::iter::from_fn(|| queue.pop()).map(|delivery| match delivery {
            Delivery::End { position, .. } => position.0,
            Delivery::Frame(frame) => frame.position.0,
        });
        assert_eq!(positions.collect::<Vec<_>>(), [1, 2]);
        assert_eq!(queue.push(end(4)), PushOutcome::First);
    }

    #[test]
    fn empty_queue_holds_no_memory() {
        let queue = DeliveryQueue::new(100);
        for position in 0..100 {
            queue.push(end(position));
        }
        while queue.pop().is_some() {}
        assert_eq!(queue.lock().capacity(), 0);
    }
}
