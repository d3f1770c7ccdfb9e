//! Lets connections write together what arrives within one large fan-out.
//!
//! Nearly all of a delivery's cost is the call that writes to the socket. When the next change is routed while
//! thousands of connections still have the one before, those that were fast write twice. So the router waits
//! until most of them have taken it; what the log gets meanwhile is routed and written together. If there is
//! something by then, changes come faster than they can be written one by one, and the router waits as long
//! again for more of them.

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

/// Waits until connections have taken most of what was routed. `filled_before` is the number of filled queues
/// before that. Returns how long it took; zero after a small fan-out.
pub async fn wait_until_taken(filled_queues: &Gauge, filled_before: usize) -> Duration {
    let filled = filled_queues.read().saturating_sub(filled_before);
    if filled < LARGE {
        return Duration::ZERO;
    }
    let enough = filled_before + filled / SLOW_PART;
    let started = Instant::now();
    while filled_queues.read() > enough && started.elapsed() < MAX_WAIT {
        sleep(POLL_INTERVAL).await;
    }
    started.elapsed()
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
        assert_eq!(wait_until_taken(&queues, 500).now_or_never(), Some(Duration::ZERO));
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
        assert!(wait_until_taken(&queues, 0).await >= MAX_WAIT);
        assert_eq!(wait_until_taken(&queues, LARGE).now_or_never(), Some(Duration::ZERO));
    }
}
