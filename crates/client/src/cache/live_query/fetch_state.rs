//! The state transitions of a query's fetches.

use crate::cache::patch::{Patch, Patched};
use contract::{ApiError, StreamMessage, UserId};

/// The selected key, the answered key, and whether a fetch is in flight.
#[derive(Debug)]
pub(super) struct FetchState<K> {
    phase: Phase,
    /// The key that the page asks for now. `None` before the first one.
    selected: Option<K>,
    /// How often another key was selected.
    generation: u64,
    /// The key that the shown value belongs to.
    answered: Option<K>,
}

#[derive(Debug)]
enum Phase {
    /// No fetch in flight.
    Idle,
    /// A fetch is in flight. Its response may have been read before a message was committed, so
    /// the messages since its start are applied to it when it arrives.
    InFlight { messages: Vec<(StreamMessage, UserId)> },
}

/// The step after a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextStep {
    /// The shown value is up to date.
    Done,
    /// A message made the response stale before it arrived.
    RefetchNow,
    /// The server couldn't answer, so the shown value may be outdated.
    RetryLater,
}

impl<K> Default for FetchState<K> {
    fn default() -> Self {
        Self { phase: Phase::Idle, selected: None, generation: 0, answered: None }
    }
}

impl<K: Clone + PartialEq> FetchState<K> {
    /// Selects `key`. Returns a number that changes whenever the key does.
    pub(super) fn select(&mut self, key: K) -> u64 {
        if self.selected.as_ref() != Some(&key) {
            // The value that the server's page brings along belongs to the first key.
            self.answered.get_or_insert_with(|| key.clone());
            self.selected = Some(key);
            self.generation += 1;
        }
        self.generation
    }

    /// Starts a fetch of the selected key and returns that key. Messages before this moment are
    /// part of the response.
    pub(super) fn start(&mut self) -> Option<K> {
        self.phase = Phase::InFlight { messages: Vec::new() };
        self.selected.clone()
    }

    /// Keeps a message for the fetch in flight.
    pub(super) fn on_message(&mut self, message: &StreamMessage, reader: UserId) {
        if let Phase::InFlight { messages } = &mut self.phase {
            messages.push((message.clone(), reader));
        }
    }

    /// Returns the key that the shown value belongs to.
    pub(super) const fn answered_key(&self) -> Option<&K> {
        self.answered.as_ref()
    }

    /// Returns the key whose value is shown and will be replaced by that of `key`. `None` when it is
    /// the same key.
    pub(super) fn replaced_by(&self, key: &K) -> Option<&K> {
        self.answered.as_ref().filter(|answered| *answered != key)
    }

    /// Ends the fetch of `key`. `current` is the shown value, `retained` finds the value that was
    /// last shown for a key. Returns what to show, and what to do next.
    ///
    /// A transient error shows the current or retained value of that key, if there is one.
    pub(super) fn complete<T: Patch>(
        &mut self,
        key: K,
        response: Result<T, ApiError>,
        current: Option<T>,
        retained: impl FnOnce(&K) -> Option<T>,
    ) -> (Result<T, ApiError>, NextStep) {
        let messages = match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::InFlight { messages } => messages,
            Phase::Idle => Vec::new(),
        };
        match response {
            Ok(mut value) => {
                let patched = messages
                    .iter()
                    .map(|(message, reader)| value.patch(message, *reader))
                    .fold(Patched::Unchanged, Patched::and);
                self.answered = Some(key);
                let is_stale = patched == Patched::Stale;
                (Ok(value), if is_stale { NextStep::RefetchNow } else { NextStep::Done })
            }
            Err(error) if error.code.is_transient() => {
                let current = current.filter(|_| self.answered.as_ref() == Some(&key));
                let value = current.or_else(|| retained(&key));
                if value.is_some() {
                    self.answered = Some(key);
                }
                (value.ok_or(error), NextStep::RetryLater)
            }
            Err(error) => (Err(error), NextStep::Done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Menu;
    use crate::cache::fixtures::*;
    use contract::ErrorCode;

    fn error(code: ErrorCode) -> ApiError {
        ApiError::new(code, "No.")
    }

    fn nothing_retained<K>(_: &K) -> Option<Menu> {
        None
    }

    #[test]
    fn retained_value_is_shown_when_the_fetch_fails_for_a_transient_reason() {
        let retained = Menu::new(vec![in_menu(1, "Alpha", 1.0)]);
        let mut state = FetchState::default();
        let _ = state.complete(1, Ok(Menu::new(Vec::new())), None, nothing_retained);
        assert_eq!((state.replaced_by(&1), state.replaced_by(&2)), (None, Some(&1)));
        let response = Err(error(ErrorCode::Unreachable));
        let (shown, next) = state.complete(2, response, None, |_| Some(retained.clone()));
        assert_eq!((shown, next), (Ok(retained.clone()), NextStep::RetryLater));
        let (shown, _) =
            state.complete(2, Err(error(ErrorCode::NotFound)), None, |_| Some(retained));
        assert_eq!(shown, Err(error(ErrorCode::NotFound)));
    }

    #[test]
    fn selected_key_stays_until_another_is_selected() {
        let mut state = FetchState::default();
        let first = state.select("a");
        assert_eq!((state.select("a"), state.start()), (first, Some("a")));
        assert_ne!(state.select("b"), first);
        assert_eq!((state.start(), state.answered_key()), (Some("b"), Some(&"a")));
    }

    #[test]
    fn message_during_a_fetch_is_applied_to_its_older_response() {
        let mut state = FetchState::default();
        let _ = state.start();
        let menu = Menu::new(vec![in_menu(1, "Alpha", 1.0)]);
        let renaming = renamed(menu.items[0].organization.as_ref().unwrap(), "Beta");
        state.on_message(&renaming, READER);
        let (shown, next) = state.complete((), Ok(menu), None, nothing_retained);
        let name = shown.unwrap().items[0].organization.as_ref().unwrap().name.clone();
        assert_eq!(name.as_str(), "Beta");
        assert_eq!(next, NextStep::Done);
    }

    #[test]
    fn message_before_a_fetch_is_not_applied_to_its_response() {
        let mut state = FetchState::default();
        state.on_message(&created(in_menu(1, "Alpha", 1.0)), READER);
        let _ = state.start();
        state.on_message(&created(in_menu(2, "Beta", 1.0)), READER);
        let _ = state.start();
        let (shown, _) = state.complete((), Ok(Menu::new(Vec::new())), None, nothing_retained);
        assert_eq!(shown, Ok(Menu::new(Vec::new())));
    }

    #[test]
    fn failed_fetch_keeps_the_shown_value_and_is_retried() {
        let current = Menu::new(vec![in_menu(1, "Alpha", 1.0)]);
        let mut state = FetchState::default();
        let _ = state.complete(1, Ok(current.clone()), None, nothing_retained);
        let (shown, next) = state.complete(
            1,
            Err(error(ErrorCode::Unreachable)),
            Some(current.clone()),
            nothing_retained,
        );
        assert_eq!((shown, next), (Ok(current), NextStep::RetryLater));
    }

    #[test]
    fn failed_fetch_of_another_key_shows_the_error_and_is_retried() {
        let current = Menu::new(Vec::new());
        let mut state = FetchState::default();
        let _ = state.complete(1, Ok(current.clone()), None, nothing_retained);
        let (shown, next) =
            state.complete(2, Err(error(ErrorCode::Unreachable)), Some(current), nothing_retained);
        assert_eq!((shown, next), (Err(error(ErrorCode::Unreachable)), NextStep::RetryLater));
    }

    #[test]
    fn refusal_replaces_the_shown_value() {
        let current = Menu::new(Vec::new());
        let mut state = FetchState::default();
        state.select(1);
        for code in [ErrorCode::NotFound, ErrorCode::Forbidden, ErrorCode::NotSignedIn] {
            let (shown, next) =
                state.complete(1, Err(error(code)), Some(current.clone()), nothing_retained);
            assert_eq!((shown, next), (Err(error(code)), NextStep::Done));
        }
    }
}
