//! Counters and histograms of the streams of this node, for monitoring.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use activity::Histogram;
use serde::Serialize;

use api::wire;

/// The counters and distributions of all streams since the node started.
#[derive(Debug)]
pub struct StreamMetrics {
    /// From the moment when an activity was routed until the reader's socket took it.
    pub routed_to_socket: Histogram,
    /// How long catch-ups took.
    pub catch_up_duration: Histogram,
    /// How many events catch-ups sent.
    pub catch_up_events: Histogram,
    /// Streams that were opened.
    pub opened: Counter,
    /// Activities that were put into a reader's queue.
    pub deliveries: Counter,
    /// Queues that aren't empty. Each has it too.
    pub filled_queues: Arc<Gauge>,
    /// Readers who were sent back to catch-up because their queue was full.
    pub queue_overflows: Counter,
    /// Catch-ups that were answered by a reset, by reason.
    pub resets: CountsByCode,
    /// Streams that ended, by code. Streams whose reader left have the code `reader_left`.
    pub ends: CountsByCode,
}

impl Default for StreamMetrics {
    fn default() -> Self {
        Self {
            routed_to_socket: Histogram::of_durations(),
            catch_up_duration: Histogram::of_durations(),
            catch_up_events: Histogram::of_sizes(),
            opened: Counter::default(),
            deliveries: Counter::default(),
            filled_queues: Arc::default(),
            queue_overflows: Counter::default(),
            resets: CountsByCode::default(),
            ends: CountsByCode::default(),
        }
    }
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The number so far.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that grows and shrinks.
#[derive(Debug, Default)]
pub struct Gauge(AtomicUsize);

impl Gauge {
    /// Counts one.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one less.
    pub fn decrement(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The present number.
    #[must_use]
    pub fn read(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts of rare events by a code of the protocol.
#[derive(Debug, Default)]
pub struct CountsByCode(Mutex<BTreeMap<String, u64>>);

impl CountsByCode {
    /// Counts one. `code` is a value that the contract serializes as a text.
    pub fn increment(&self, code: &impl Serialize) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(wire::to_text(code)).or_default() += 1;
    }

    /// The counts so far, by code.
    #[must_use]
    pub fn read(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
