//! How often a query tells those who show it that messages have changed it.

use std::time::Duration;

use leptos::prelude::*;

/// What changes in that time after a change was shown is shown together.
const GATHERED_FOR: Duration = Duration::from_millis(50);

/// Tells at once what changes now and then. Of what changes all the time it tells no more often
/// than the page can show: a thousand people may join at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace(StoredValue<Step>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The next change is told at once.
    Ready,
    /// One was told just now.
    Resting,
    /// One was told just now, and there is another.
    Owing,
}

impl Step {
    /// Something changed; whether to tell now.
    fn change(&mut self) -> bool {
        let is_ready = *self == Self::Ready;
        *self = if is_ready { Self::Resting } else { Self::Owing };
        is_ready
    }

    /// The rest is over; whether to tell now.
    fn rested(&mut self) -> bool {
        let owes = *self == Self::Owing;
        *self = if owes { Self::Resting } else { Self::Ready };
        owes
    }
}

impl Pace {
    pub(super) fn new() -> Self {
        Self(StoredValue::new(Step::Ready))
    }

    /// Something changed: calls `tell`, now or soon.
    pub(super) fn change(self, tell: impl Fn() + Copy + 'static) {
        // On the server nobody looks on.
        if !cfg!(target_arch = "wasm32") {
            tell();
        } else if self.0.try_update_value(Step::change) == Some(true) {
            self.tell(tell);
        }
    }

    fn tell(self, tell: impl Fn() + Copy + 'static) {
        tell();
        let rested = move || {
            if self.0.try_update_value(Step::rested) == Some(true) {
                self.tell(tell);
            }
        };
        // Showing it comes first, however long that takes; then the rest begins.
        set_timeout(move || set_timeout(rested, GATHERED_FOR), Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_change_is_told_at_once_and_many_are_told_together() {
        let mut step = Step::Ready;
        assert!(step.change());
        assert!(!step.change() && !step.change());
        assert!(step.rested(), "what came meanwhile is owed");
        assert!(!step.rested());
        assert!(step.change());
    }
}
