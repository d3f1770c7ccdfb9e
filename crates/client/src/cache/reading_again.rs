//! Reading again what messages only hint at: soon after one, but not after each of them.

use std::time::Duration;

use leptos::prelude::*;

use super::caches::Caches;
use super::live_query::LiveQuery;
use contract::StreamMessage;

/// Much that happens at once is read once.
const GATHERED_FOR: Duration = Duration::from_millis(250);

/// However much happens, a page asks no more often than this.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// Reads `query` again after messages that concern it, until the current component goes.
pub fn read_again<T: Clone + Send + Sync + 'static>(
    caches: Caches,
    query: LiveQuery<T>,
    concerns: impl Fn(&StreamMessage) -> bool + Send + Sync + 'static,
) {
    let pace = StoredValue::new(Pace::default());
    caches.on_message(move |message| {
        if concerns(message) {
            run(pace, query, Pace::hear);
        }
    });
}

/// Takes a step, unless the page is gone, and waits for the next one.
fn run<T: Clone + Send + Sync + 'static>(
    pace: StoredValue<Pace>,
    query: LiveQuery<T>,
    step: impl FnOnce(&mut Pace) -> Step,
) {
    match pace.try_update_value(step) {
        None | Some(Step::Wait) => {}
        Some(Step::Gather) => {
            set_timeout(move || run(pace, query, Pace::gathered), GATHERED_FOR);
        }
        Some(Step::Read) => {
            query.refetch();
            set_timeout(move || run(pace, query, Pace::rested), AT_MOST_EVERY);
        }
    }
}

/// Where a query is between two reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pace {
    /// Nothing was heard.
    #[default]
    Idle,
    /// Something was heard a moment ago.
    Gathering,
    /// It was just read.
    Resting,
    /// It was just read, and something was heard since.
    RestingUneasily,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing.
    Wait,
    /// To wait for more.
    Gather,
    /// To read.
    Read,
}

impl Pace {
    fn hear(&mut self) -> Step {
        match self {
            Self::Idle => {
                *self = Self::Gathering;
                return Step::Gather;
            }
            Self::Resting => *self = Self::RestingUneasily,
            Self::Gathering | Self::RestingUneasily => {}
        }
        Step::Wait
    }

    fn gathered(&mut self) -> Step {
        *self = Self::Resting;
        Step::Read
    }

    fn rested(&mut self) -> Step {
        if *self == Self::RestingUneasily {
            return self.gathered();
        }
        *self = Self::Idle;
        Step::Wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_at_once_is_read_once() {
        let mut pace = Pace::default();
        assert_eq!([pace.hear(), pace.hear(), pace.hear()], [Step::Gather, Step::Wait, Step::Wait]);
        assert_eq!([pace.gathered(), pace.rested()], [Step::Read, Step::Wait]);
        assert_eq!(pace.hear(), Step::Gather);
    }

    #[test]
    fn what_happens_after_a_read_is_read_too_but_not_before_the_rest_is_over() {
        let mut pace = Pace::default();
        let _ = pace.hear();
        assert_eq!(pace.gathered(), Step::Read);
        assert_eq!([pace.hear(), pace.hear()], [Step::Wait, Step::Wait]);
        assert_eq!([pace.rested(), pace.rested()], [Step::Read, Step::Wait]);
    }
}
