//! A read on its way, and the messages that arrive meanwhile.

use super::patch::{Patch, Patched};
use crate::contract::{ApiError, ErrorCode, StreamMessage, UserId};

/// Keeps what is heard between asking and having, so that an answer read before a message was
/// committed can't undo it.
#[derive(Debug)]
pub(super) struct Flight<K> {
    under_way: bool,
    heard: Vec<(StreamMessage, UserId)>,
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
        Self { under_way: false, heard: Vec::new(), shown: None }
    }
}

impl<K: PartialEq> Flight<K> {
    /// The first key is that of the value which the server's page brought along.
    pub(super) fn starts_with(&mut self, key: impl FnOnce() -> K) {
        self.shown.get_or_insert_with(key);
    }

    /// A read begins. What was heard before is in it.
    pub(super) fn begin(&mut self) {
        self.under_way = true;
        self.heard.clear();
    }

    /// A message arrives.
    pub(super) fn hear(&mut self, message: &StreamMessage, reader: UserId) {
        if self.under_way {
            self.heard.push((message.clone(), reader));
        }
    }

    /// The read of `key` ends with `answer`, while `held` is shown. Gives what to show, after the
    /// messages heard meanwhile, and what is left to do.
    pub(super) fn land<T: Patch>(
        &mut self,
        key: K,
        answer: Result<T, ApiError>,
        held: Option<T>,
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
            Err(error) => match held {
                Some(held) if passes(error.code) && self.shown.as_ref() == Some(&key) => {
                    (Ok(held), Next::TryLater)
                }
                _ => (Err(error), Next::Rest),
            },
        }
    }
}

/// Whether the failure says nothing about what was asked for, so that the shown value stands.
const fn passes(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Unreachable | ErrorCode::Unavailable | ErrorCode::TooMany | ErrorCode::Internal
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Menu;
    use crate::cache::tests::fixtures::*;

    fn error(code: ErrorCode) -> ApiError {
        ApiError::new(code, "No.")
    }

    #[test]
    fn what_is_heard_during_a_read_is_applied_to_its_older_answer() {
        let mut flight = Flight::default();
        flight.begin();
        let menu = Menu::of(vec![in_menu(1, "Alpha", 1.0)]);
        let told = renamed(menu.items[0].organization.as_ref().unwrap(), "Beta");
        flight.hear(&told, READER);
        let (landed, next) = flight.land((), Ok(menu), None);
        let name = landed.unwrap().items[0].organization.as_ref().unwrap().name.clone();
        assert_eq!(name.as_str(), "Beta");
        assert_eq!(next, Next::Rest);
    }

    #[test]
    fn what_was_heard_before_a_read_is_in_its_answer() {
        let mut flight = Flight::default();
        flight.hear(&created(in_menu(1, "Alpha", 1.0)), READER);
        flight.begin();
        flight.hear(&created(in_menu(2, "Beta", 1.0)), READER);
        flight.begin();
        let (landed, _) = flight.land((), Ok(Menu::of(Vec::new())), None);
        assert_eq!(landed, Ok(Menu::of(Vec::new())));
    }

    #[test]
    fn a_failed_read_keeps_what_is_shown_and_is_tried_again() {
        let held = Menu::of(vec![in_menu(1, "Alpha", 1.0)]);
        let mut flight = Flight::default();
        let _ = flight.land(1, Ok(held.clone()), None);
        let (landed, next) = flight.land(1, Err(error(ErrorCode::Unreachable)), Some(held.clone()));
        assert_eq!((landed, next), (Ok(held), Next::TryLater));
    }

    #[test]
    fn a_failed_read_of_something_else_is_an_error() {
        let held = Menu::of(Vec::new());
        let mut flight = Flight::default();
        let _ = flight.land(1, Ok(held.clone()), None);
        let (landed, _) = flight.land(2, Err(error(ErrorCode::Unreachable)), Some(held));
        assert_eq!(landed, Err(error(ErrorCode::Unreachable)));
    }

    #[test]
    fn an_answer_about_access_replaces_what_is_shown() {
        let held = Menu::of(Vec::new());
        let mut flight = Flight::default();
        flight.starts_with(|| 1);
        for code in [ErrorCode::NotFound, ErrorCode::Forbidden, ErrorCode::NotSignedIn] {
            let (landed, next) = flight.land(1, Err(error(code)), Some(held.clone()));
            assert_eq!((landed, next), (Err(error(code)), Next::Rest));
        }
    }
}
