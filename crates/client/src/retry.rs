//! The browser's one retry policy: exponential back-off with full jitter.
//!
//! Queries, the stream's connection and the loading of code chunks use it. It is the "Full Jitter"
//! of the AWS Architecture Blog, "Exponential Backoff And Jitter": browsers that lost the server at
//! the same moment don't return at the same moment.

use std::time::Duration;

/// The longest delay after the first failure.
const BASE_DELAY: Duration = Duration::from_millis(500);

/// The longest delay after any number of failures.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// The same while a person looks at an error that the retry would remove. 3 s on average.
const MAX_INTERACTIVE_DELAY: Duration = Duration::from_secs(6);

/// Counts failures in a row and draws the delay until the next attempt.
#[derive(Clone, Debug)]
pub struct Backoff {
    failures: u32,
    max_delay: Duration,
    random: fn() -> f64,
}

impl Backoff {
    /// Creates a back-off without failures so far. `random` returns numbers from 0 to 1.
    #[must_use]
    pub const fn new(random: fn() -> f64) -> Self {
        Self { failures: 0, max_delay: MAX_DELAY, random }
    }

    /// Creates a back-off for what a person waits for, such as a query or the code of a page: delays of
    /// at most 6 s.
    #[must_use]
    pub const fn interactive() -> Self {
        Self { failures: 0, max_delay: MAX_INTERACTIVE_DELAY, random }
    }

    /// Counts a failure. Returns a random delay from zero to a ceiling, which is 0.5 s at first and
    /// doubles with each failure up to 30 s (or 6 s).
    pub fn next_delay(&mut self) -> Duration {
        let ceiling =
            BASE_DELAY.saturating_mul(2_u32.saturating_pow(self.failures)).min(self.max_delay);
        self.failures = self.failures.saturating_add(1);
        ceiling.mul_f64((self.random)().clamp(0.0, 1.0))
    }

    /// Resets the back-off after a success: earlier failures no longer count.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Returns a random number from 0 to 1. Outside a browser nothing is retried, so there it is always 1.
#[must_use]
pub fn random() -> f64 {
    #[cfg(feature = "hydrate")]
    return js_sys::Math::random();
    #[cfg(not(feature = "hydrate"))]
    1.0
}

/// Calls `retry` after `delay`, or as soon as the browser says that it has a network again. It doesn't
/// wait for that alone, because browsers can be wrong about the network. Does nothing on the server.
#[cfg(feature = "hydrate")]
pub fn schedule(delay: Duration, retry: impl FnOnce() + 'static) {
    use std::cell::Cell;
    use std::rc::Rc;

    use leptos::prelude::{set_timeout, window};
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen::closure::Closure;

    let retry = Rc::new(Cell::new(Some(retry)));
    let on_timeout = Rc::clone(&retry);
    let on_online = Closure::<dyn FnMut()>::new(move || {
        if let Some(retry) = retry.take() {
            retry();
        }
    });
    // Adding and removing only fail for a callback that isn't a function.
    drop(window().add_event_listener_with_callback("online", on_online.as_ref().unchecked_ref()));
    set_timeout(
        move || {
            let listener = on_online.as_ref().unchecked_ref();
            drop(window().remove_event_listener_with_callback("online", listener));
            if let Some(retry) = on_timeout.take() {
                retry();
            }
        },
        delay,
    );
}

/// Does nothing: outside a browser nothing is retried.
#[cfg(not(feature = "hydrate"))]
pub fn schedule(_: Duration, _: impl FnOnce() + 'static) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceiling_doubles_from_half_a_second_to_half_a_minute() {
        let mut backoff = Backoff::new(|| 1.0);
        let delays: Vec<_> = (0..9).map(|_| backoff.next_delay().as_secs_f64()).collect();
        assert_eq!(delays, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
    }

    #[test]
    fn delay_is_drawn_from_zero_to_the_ceiling() {
        assert_eq!(Backoff::new(|| 0.0).next_delay(), Duration::ZERO);
        assert_eq!(Backoff::new(|| 0.25).next_delay(), Duration::from_millis(125));
    }

    #[test]
    fn interactive_delays_end_at_six_seconds() {
        let mut backoff = Backoff { random: || 1.0, ..Backoff::interactive() };
        let delays: Vec<_> = (0..6).map(|_| backoff.next_delay().as_secs_f64()).collect();
        assert_eq!(delays, [0.5, 1.0, 2.0, 4.0, 6.0, 6.0]);
    }

    #[test]
    fn reset_starts_over_and_many_failures_do_not_overflow() {
        let mut backoff = Backoff::new(|| 1.0);
        let last = (0..100).map(|_| backoff.next_delay()).last();
        assert_eq!(last, Some(MAX_DELAY));
        backoff.reset();
        assert_eq!(backoff.next_delay(), BASE_DELAY);
    }
}
