//! The queue between the router and one connection.
//!
//! Most streams wait with an empty queue, which holds no memory; `tokio`'s channels keep a block of 32
//! items each.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::Position;
use contract::event::EndCode;

use crate::frame::Frame;
use crate::metrics::Gauge;

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
    /// The number of queues of this node that aren't empty.
    filled_queues: Arc<Gauge>,
}

impl DeliveryQueue {
    /// An empty queue. While it has items, it counts as one of `filled_queues`.
    #[must_use]
    pub const fn new(capacity: usize, filled_queues: Arc<Gauge>) -> Self {
        Self { items: Mutex::new(VecDeque::new()), capacity, filled_queues }
    }

    /// Appends an item, unless the queue is full.
    pub fn push(&self, delivery: Delivery) -> PushOutcome {
        let mut items = self.lock();
        if items.len() >= self.capacity {
            return PushOutcome::Full;
        }
        items.push_back(delivery);
        if items.len() > 1 {
            return PushOutcome::Behind;
        }
        self.filled_queues.increment();
        PushOutcome::First
    }

    /// Takes the oldest item.
    pub fn pop(&self) -> Option<Delivery> {
        let mut items = self.lock();
        let delivery = items.pop_front()?;
        if items.is_empty() {
            *items = VecDeque::new();
            self.filled_queues.decrement();
        }
        Some(delivery)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Delivery>> {
        // A poisoned lock is fine: no code that holds it panics half-way through a change.
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DeliveryQueue {
    fn drop(&mut self) {
        if !self.lock().is_empty() {
            self.filled_queues.decrement();
        }
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
        let queue = DeliveryQueue::new(2, Arc::default());
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
    fn queue_counts_as_filled_until_it_is_empty_or_dropped() {
        let filled = Arc::<Gauge>::default();
        let [one, other] = [(); 2].map(|()| DeliveryQueue::new(2, Arc::clone(&filled)));
        for position in 1..=3 {
            one.push(end(position));
            other.push(end(position));
        }
        assert_eq!(filled.read(), 2);
        one.pop();
        assert_eq!(filled.read(), 2);
        one.pop();
        assert_eq!((one.pop().is_none(), filled.read()), (true, 1));
        drop(other);
        assert_eq!(filled.read(), 0);
        drop(one);
        assert_eq!(filled.read(), 0);
    }

    #[test]
    fn empty_queue_holds_no_memory() {
        let queue = DeliveryQueue::new(100, Arc::default());
        for position in 0..100 {
            queue.push(end(position));
        }
        while queue.pop().is_some() {}
        assert_eq!(queue.lock().capacity(), 0);
    }
}
