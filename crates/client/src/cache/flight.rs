//! A read on its way, and the messages that arrive meanwhile.

use super::patch::{Patch, Patched};
use contract::{ApiError, StreamMessage, UserId};

/// Keeps what is heard between asking and having, so that an answer read before a message was
/// committed can't undo it.
#[derive(Debug)]
pub(super) struct Flight<K> {
    under_way: bool,
    heard: Vec<(StreamMessage, UserId)>,
    /// What is asked for now, and how often that was something else.
    asked: Option<K>,
    turns: u64,
    /// What the shown value is the answer for.
    shown: Option<K>,
}

/// What a read that has ended leaves to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: what is shown is true.
    Rest,
    /// To read again at once: it was old before it came.
    ReadAgain,
    /// To try again later: what is shown is not known to be true.
    TryLater,
}

impl<K> Default for Flight<K> {
    fn default() -> Self {
        Self { under_way: false, heard: Vec::new(), asked: None, turns: 0, shown: None }
    }
}

impl<K: Clone + PartialEq> Flight<K> {
    /// Asks for `key`. Gives a number that stays the same as long as the key does.
    pub(super) fn ask(&mut self, key: K) -> u64 {
        if self.asked.as_ref() != Some(&key) {
            // The first key is that of the value which the server's page brought along.
            self.shown.get_or_insert_with(|| key.clone());
            self.asked = Some(key);
            self.turns += 1;
        }
        self.turns
    }

    /// A read begins, of what is asked for. What was heard before is in it.
    pub(super) fn begin(&mut self) -> Option<K> {
        self.under_way = true;
        self.heard.clear();
        self.asked.clone()
    }

    /// A message arrives.
    pub(super) fn hear(&mut self, message: &StreamMessage, reader: UserId) {
        if self.under_way {
            self.heard.push((message.clone(), reader));
        }
    }

    /// What is shown, unless that is the answer for `key`.
    pub(super) fn leaving(&self, key: &K) -> Option<&K> {
        self.shown.as_ref().filter(|shown| *shown != key)
    }

    /// What the shown value is the answer for.
    pub(super) const fn shown(&self) -> Option<&K> {
        self.shown.as_ref()
    }

    /// The read of `key` ends with `answer`, while `held` is shown; `kept` finds what was shown for
    /// it once. Gives what to show, after the messages heard meanwhile, and what is left to do.
    pub(super) fn land<T: Patch>(
        &mut self,
        key: K,
        answer: Result<T, ApiError>,
        held: Option<T>,
        kept: impl FnOnce(&K) -> Option<T>,
    ) -> (Result<T, ApiError>, Next) {
        self.under_way = false;
        let heard = std::mem::take(&mut self.heard);
        match answer {
            Ok(mut value) => {
                let patched = heard
                    .iter()
                    .map(|(message, reader)| value.patch(message, *reader))
                    .fold(Patched::Unchanged, Patched::and);
                self.shown = Some(key);
                let next = if patched == Patched::Stale { Next::ReadAgain } else { Next::Rest };
                (Ok(value), next)
            }
            Err(error) if error.code.is_transient() => {
                let held = held.filter(|_| self.shown.as_ref() == Some(&key));
                let held = held.or_else(|| kept(&key));
                if held.is_some() {
                    self.shown = Some(key);
                }
                (held.ok_or(error), Next::TryLater)
            }
            Err(error) => (Err(error), Next::Rest),
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

    fn nothing_kept<K>(_: &K) -> Option<Menu> {
        None
    }

    #[test]
    fn what_was_shown_once_is_shown_again_where_nothing_newer_can_be_read() {
        let once = Menu::of(vec![in_menu(1, "Alpha", 1.0)]);
        let mut flight = Flight::default();
        let _ = flight.land(1, Ok(Menu::of(Vec::new())), None, nothing_kept);
        assert_eq!((flight.leaving(&1), flight.leaving(&2)), (None, Some(&1)));
        let answer = Err(error(ErrorCode::Unreachable));
        let (landed, next) = flight.land(2, answer, None, |_| Some(once.clone()));
        assert_eq!((landed, next), (Ok(once.clone()), Next::TryLater));
        let (landed, _) = flight.land(2, Err(error(ErrorCode::NotFound)), None, |_| Some(once));
        assert_eq!(landed, Err(error(ErrorCode::NotFound)));
    }

    #[test]
    fn a_key_is_asked_for_until_there_is_another() {
        let mut flight = Flight::default();
        let first = flight.ask("a");
        assert_eq!((flight.ask("a"), flight.begin()), (first, Some("a")));
        assert_ne!(flight.ask("b"), first);
        assert_eq!((flight.begin(), flight.shown()), (Some("b"), Some(&"a")));
    }

    #[test]
    fn what_is_heard_during_a_read_is_applied_to_its_older_answer() {
        let mut flight = Flight::default();
        let _ = flight.begin();
        let menu = Menu::of(vec![in_menu(1, "Alpha", 1.0)]);
        let told = renamed(menu.items[0].organization.as_ref().unwrap(), "Beta");
        flight.hear(&told, READER);
        let (landed, next) = flight.land((), Ok(menu), None, nothing_kept);
        let name = landed.unwrap().items[0].organization.as_ref().unwrap().name.clone();
        assert_eq!(name.as_str(), "Beta");
        assert_eq!(next, Next::Rest);
    }

    #[test]
    fn what_was_heard_before_a_read_is_in_its_answer() {
        let mut flight = Flight::default();
        flight.hear(&created(in_menu(1, "Alpha", 1.0)), READER);
        let _ = flight.begin();
        flight.hear(&created(in_menu(2, "Beta", 1.0)), READER);
        let _ = flight.begin();
        let (landed, _) = flight.land((), Ok(Menu::of(Vec::new())), None, nothing_kept);
        assert_eq!(landed, Ok(Menu::of(Vec::new())));
    }

    #[test]
    fn a_failed_read_keeps_what_is_shown_and_is_tried_again() {
        let held = Menu::of(vec![in_menu(1, "Alpha", 1.0)]);
        let mut flight = Flight::default();
        let _ = flight.land(1, Ok(held.clone()), None, nothing_kept);
        let (landed, next) =
            flight.land(1, Err(error(ErrorCode::Unreachable)), Some(held.clone()), nothing_kept);
        assert_eq!((landed, next), (Ok(held), Next::TryLater));
    }

    #[test]
    fn a_failed_read_of_something_else_is_an_error_and_tried_again_too() {
        let held = Menu::of(Vec::new());
        let mut flight = Flight::default();
        let _ = flight.land(1, Ok(held.clone()), None, nothing_kept);
        let (landed, next) =
            flight.land(2, Err(error(ErrorCode::Unreachable)), Some(held), nothing_kept);
        assert_eq!((landed, next), (Err(error(ErrorCode::Unreachable)), Next::TryLater));
    }

    #[test]
    fn an_answer_about_access_replaces_what_is_shown() {
        let held = Menu::of(Vec::new());
        let mut flight = Flight::default();
        flight.ask(1);
        for code in [ErrorCode::NotFound, ErrorCode::Forbidden, ErrorCode::NotSignedIn] {
            let (landed, next) = flight.land(1, Err(error(code)), Some(held.clone()), nothing_kept);
            assert_eq!((landed, next), (Err(error(code)), Next::Rest));
        }
    }
}
