//! The one source of the time, injected so that a test can hold it still or move it.

use std::sync::{Arc, Mutex, PoisonError};

use contract::Timestamp;
use time::OffsetDateTime;

/// Tells the time. Clones tell the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at that moment.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(Mutex::new(at))))
    }

    /// The moment this is called, in whole microseconds: Postgres keeps no more, so that what is
    /// stored reads back equal.
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

    /// Moves a fixed clock, and its clones, forward.
    ///
    /// # Panics
    /// When it is the machine's clock.
    pub fn advance(&self, by: time::Duration) {
        let Source::Fixed(at) = &self.0 else { panic!("the machine's clock can't be moved") };
        let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
        *at = at.plus(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_it_is_told_to_and_its_clones_follow() {
        let start = Clock::system().now();
        let clock = Clock::fixed(start);
        let clone = clock.clone();
        assert_eq!(clone.now(), start);
        clock.advance(time::Duration::hours(2));
        assert_eq!(clone.now(), start.plus(time::Duration::hours(2)));
    }

    #[test]
    fn the_system_clock_has_no_more_digits_than_the_database_keeps() {
        assert_eq!(Clock::system().now().inner().nanosecond() % 1_000, 0);
    }
}
