//! How often a query notifies its subscribers about changes by messages.

use std::time::Duration;

use leptos::prelude::*;

/// The shortest time between two notifications.
const COOLDOWN: Duration = Duration::from_millis(50);

/// Notifies about a single change at once, and about many changes no more often than the page can
/// render: a thousand people may join at the same time.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotifyThrottle(StoredValue<State>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The next change notifies at once.
    Ready,
    /// Just notified.
    Cooldown,
    /// Just notified, and there was another change since.
    CooldownDirty,
}

impl State {
    /// Records a change. Returns whether to notify now.
    fn on_change(&mut self) -> bool {
        let is_ready = *self == Self::Ready;
        *self = if is_ready { Self::Cooldown } else { Self::CooldownDirty };
        is_ready
    }

    /// Records the end of the cooldown. Returns whether to notify now.
    fn on_cooled_down(&mut self) -> bool {
        let is_dirty = *self == Self::CooldownDirty;
        *self = if is_dirty { Self::Cooldown } else { Self::Ready };
        is_dirty
    }
}

impl NotifyThrottle {
    pub(super) fn new() -> Self {
        Self(StoredValue::new(State::Ready))
    }

    /// Calls `notify` now, or after the cooldown together with other changes. On the server always
    /// now.
    pub(super) fn notify(self, notify: impl Fn() + Copy + 'static) {
        if !cfg!(target_arch = "wasm32") {
            notify();
        } else if self.0.try_update_value(State::on_change) == Some(true) {
            self.notify_now(notify);
        }
    }

    fn notify_now(self, notify: impl Fn() + Copy + 'static) {
        notify();
        let on_cooled_down = move || {
            if self.0.try_update_value(State::on_cooled_down) == Some(true) {
                self.notify_now(notify);
            }
        };
        // The cooldown starts after the browser has rendered the change, however long that takes.
        set_timeout(move || set_timeout(on_cooled_down, COOLDOWN), Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_change_notifies_at_once_and_later_ones_together() {
        let mut state = State::Ready;
        assert!(state.on_change());
        assert!(!state.on_change() && !state.on_change());
        assert!(state.on_cooled_down(), "changes during the cooldown are due");
        assert!(!state.on_cooled_down());
        assert!(state.on_change());
    }
}
