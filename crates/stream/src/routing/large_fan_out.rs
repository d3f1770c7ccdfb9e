//! Lets connections write together what arrives within one large fan-out.
//!
//! Nearly all of a delivery's cost is the call that writes to the socket. When the next change is routed while
//! thousands of connections still have the one before, those that were fast write twice. So the router waits
//! until most of them have taken it, and half as long again; what the log gets meanwhile is routed and written
//! together. A node thus spends at most two thirds of its time on large fan-outs, whatever the rate of changes.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::metrics::Gauge;

/// How many queues a fan-out fills for which the router waits. Smaller ones are taken within milliseconds.
const LARGE: usize = 1_000;

/// The part of the queues that may still be filled when the router goes on: readers who are slow.
const SLOW_PART: usize = 10;

/// How long the router waits at most until a fan-out is taken, such as by thousands of readers who are slow.
const MAX_WAIT: Duration = Duration::from_millis(100);

const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Waits until connections have taken most of what was routed, and half as long again. `filled_before` is the number of filled queues
/// before that. Returns at once after a small fan-out.
pub async fn wait_until_taken(filled_queues: &Gauge, filled_before: usize) {
    let filled = filled_queues.read().saturating_sub(filled_before);
    if filled < LARGE {
        return;
    }
    let enough = filled_before + filled / SLOW_PART;
    let started = Instant::now();
    while filled_queues.read() > enough && started.elapsed() < MAX_WAIT {
        sleep(POLL_INTERVAL).await;
    }
    sleep(started.elapsed() / 2).await;
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::FutureExt;

    use super::*;

    fn filled(count: usize) -> Gauge {
        let gauge = Gauge::default();
        (0..count).for_each(|_| gauge.increment());
        gauge
    }

    #[tokio::test]
    async fn small_fan_out_isnt_waited_for() {
        let queues = filled(500 + LARGE - 1);
        assert!(wait_until_taken(&queues, 500).now_or_never().is_some());
    }

    #[tokio::test]
    async fn large_fan_out_is_waited_for_until_most_readers_have_taken_it() {
        let before = 500;
        let queues = filled(before + LARGE);
        let mut wait = pin!(wait_until_taken(&queues, before));
        assert!(wait.as_mut().now_or_never().is_none());
        (0..LARGE - LARGE / SLOW_PART).for_each(|_| queues.decrement());
        wait.await;
        assert_eq!(queues.read(), before + LARGE / SLOW_PART);
    }

    #[tokio::test]
    async fn slow_readers_delay_the_router_once_and_for_a_bounded_time() {
        let queues = filled(LARGE);
        let start = Instant::now();
        wait_until_taken(&queues, 0).await;
        assert!(start.elapsed() >= MAX_WAIT);
        assert!(wait_until_taken(&queues, LARGE).now_or_never().is_some());
    }
}
