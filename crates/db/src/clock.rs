//! The source of the current time, injected so that a test can stop or advance it.

use std::sync::{Arc, Mutex, PoisonError};

use contract::Timestamp;
use time::OffsetDateTime;

/// Returns the current time. Clones share the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that always returns `at`, until [`Self::advance`] is called.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(Mutex::new(at))))
    }

    /// The current time in whole microseconds. Postgres stores no finer resolution, so a stored
    /// time reads back equal.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
                let now = OffsetDateTime::now_utc();
                let surplus = now.nanosecond() % 1_000;
                Timestamp::new(now - time::Duration::nanoseconds(surplus.into()))
            }
            Source::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a fixed clock and its clones forward.
    ///
    /// # Panics
    /// When it is the system's clock.
    pub fn advance(&self, by: time::Duration) {
        let Source::Fixed(at) = &self.0 else { panic!("the system's clock can't be advanced") };
        let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
        *at = at.plus(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_fixed_clock_advance_together() {
        let start = Clock::system().now();
        let clock = Clock::fixed(start);
        let clone = clock.clone();
        assert_eq!(clone.now(), start);
        clock.advance(time::Duration::hours(2));
        assert_eq!(clone.now(), start.plus(time::Duration::hours(2)));
    }

    #[test]
    fn system_clock_has_the_resolution_of_the_database() {
        assert_eq!(Clock::system().now().inner().nanosecond() % 1_000, 0);
    }
}
